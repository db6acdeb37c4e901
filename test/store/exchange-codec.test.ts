import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Failure } from "../../src/model/failure.js";
import { FAILURE_KINDS } from "../../src/model/failure.js";
import { PHASES } from "../../src/model/phase.js";
import type { PhaseTime } from "../../src/model/phase-time.js";
import type {
  AttemptRecord,
  DialRecord,
  ExchangeRecord,
  WaitRecord,
} from "../../src/model/record.js";
import { REQUEST_KINDS } from "../../src/model/request-kind.js";
import {
  columnsOf,
  decodeExchange,
  encodeExchange,
} from "../../src/store/exchange-codec.js";
import {
  manySpans,
  recoveredTrace,
  sampleTrace,
} from "../support/sample-trace.js";

/** Objects with each of `optional`'s fields there or not. */
function record<T extends object>(
  required: { [K in keyof T]?: fc.Arbitrary<unknown> },
  optional: { [K in keyof T]?: fc.Arbitrary<unknown> },
): fc.Arbitrary<T> {
  const all: Record<string, fc.Arbitrary<unknown>> = {
    ...required,
    ...optional,
  };
  return fc.record(all, {
    requiredKeys: Object.keys(required),
    noNullPrototype: true,
  }) as unknown as fc.Arbitrary<T>;
}

const text = fc.string({ unit: "grapheme", maxLength: 20 });
const count = fc.nat({ max: 10 ** 12 });
const atMs = fc.nat({ max: 10 ** 13 }).map((us) => us / 1000);
const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), {
      minLength: length,
      maxLength: length,
    })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(""));
const failure = record<Failure>(
  { kind: fc.constantFrom(...FAILURE_KINDS) },
  {
    phase: fc.constantFrom(...PHASES),
    code: text,
    limitMs: count,
    cause: text,
  },
);
const phase = record<PhaseTime>(
  { startedAtMs: atMs },
  { endedAtMs: atMs, failure },
);
const spanRef = fc.record(
  { traceId: hex(32), spanId: hex(16) },
  { noNullPrototype: true },
);
const timed = (
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>>,
) =>
  record<PhaseTime & Record<string, unknown>>(
    { startedAtMs: atMs, ...required },
    { endedAtMs: atMs, failure, ...optional },
  );
const version = fc.constantFrom("1.0", "1.1", "2");
const scheme = fc.constantFrom("http", "https");
const host = fc.constantFrom("goproxy.cn", "goproxy.io", "2001:db8::1");
const port = fc.constantFrom(80, 443, 8443);
const status = fc.constantFrom(200, 206, 404, 502);
const bytes = fc.constantFrom(0, 4096, 2 ** 40);

const dial = record<DialRecord>(
  {
    connects: fc.array(timed({ address: text, port }, {}), { maxLength: 3 }),
  },
  {
    dns: timed({}, { addresses: fc.array(text, { maxLength: 3 }) }),
    proxy: timed(
      { protocol: fc.constantFrom("http", "https", "socks5"), address: text },
      { status },
    ),
    tls: timed(
      {},
      {
        version: fc.constantFrom("1.2", "1.3"),
        cipher: text,
        alpn: fc.constantFrom("h2", "http/1.1"),
        issuer: text,
        resumed: fc.boolean(),
      },
    ),
  },
);

const attempt = record<AttemptRecord>(
  {
    index: fc.nat({ max: 5 }),
    way: fc.constantFrom("direct", "backup-http"),
    scheme,
    host,
    port,
    startedAtMs: atMs,
    bodyBytes: bytes,
  },
  {
    endedAtMs: atMs,
    queue: timed({}, { dial: spanRef }),
    dial,
    reused: spanRef,
    upstreamConnectionId: count,
    peerAddress: text,
    peerPort: port,
    protocol: version,
    tlsVersion: fc.constantFrom("1.2", "1.3"),
    send: phase,
    wait: phase,
    receive: phase,
    status,
    contentLength: bytes,
    failure,
    lastByteAtMs: atMs,
    target: text,
    trust: record<NonNullable<AttemptRecord["trust"]>>(
      { setBy: text },
      { insecure: fc.constant(true) },
    ),
    source: fc.constantFrom("own", "chain", "mirror", "sumdb", "offline"),
    reason: fc.constantFrom(
      "stale-connection",
      "retry",
      "way",
      "source",
      "beside",
      "resume",
      "redirect",
    ),
    unused: fc.boolean(),
    resumedAt: bytes,
  },
);

const wait = record<WaitRecord>(
  {
    startedAtMs: atMs,
    why: fc.constantFrom("backoff", "retry-after", "budget"),
    before: fc.nat({ max: 4 }),
  },
  { endedAtMs: atMs },
);

const modulePath = fc.constantFrom("example.com/Mixed/Case", "example.com/a");
const request = record<ExchangeRecord["request"]>(
  {
    kind: fc.constantFrom(...REQUEST_KINDS),
    template: fc.constantFrom("{module}/@v/{version}.zip", "{module}/@v/list"),
  },
  { modulePath, moduleVersion: text, sumdbName: text, sumdbTile: text },
);

const exchange = record<ExchangeRecord>(
  {
    type: fc.constant("exchange"),
    exchangeId: hex(12),
    sessionId: hex(16),
    via: fc.constantFrom("connect", "forward", "front", "tunnel"),
    connectionId: count,
    protocol: version,
    method: fc.constantFrom("GET", "POST"),
    scheme,
    host,
    port,
    target: fc.oneof(text, fc.constant("/example.com/a/@v/list")),
    request,
    startedAtMs: atMs,
    requestBytes: bytes,
    responseBytes: bytes,
    attempts: fc.array(attempt, { maxLength: 3 }),
  },
  {
    endedAtMs: atMs,
    status,
    responseHeaders: fc.array(fc.tuple(text, text), { maxLength: 3 }),
    failure,
    authRetry: fc.boolean(),
    tunnelReason: text,
    waits: fc.array(wait, { maxLength: 3 }),
  },
);

function throughText(record: ExchangeRecord): ExchangeRecord {
  const { exchangeId, sessionId } = record;
  return decodeExchange(encodeExchange(record), {
    exchangeId,
    sessionId,
    ...columnsOf(record),
  });
}

describe("the form in which exchanges are stored", () => {
  it("gives back exactly what went in, whatever it was", () => {
    fc.assert(
      fc.property(exchange, (record) => {
        expect(throughText(record)).toStrictEqual(record);
      }),
      { numRuns: 500 },
    );
  });

  it("gives back the sample trace", () => {
    for (const record of sampleTrace().exchanges)
      expect(throughText(record)).toStrictEqual(record);
  });

  it("takes less than 330 bytes for a request on a warm connection", () => {
    for (const record of manySpans(80).exchanges)
      expect(encodeExchange(record).length).toBeLessThan(330);
  });

  it("takes less than 900 bytes for one that was retried, went elsewhere and was resumed", () => {
    const { exchanges } = recoveredTrace();
    for (const record of exchanges) {
      expect(throughText(record)).toStrictEqual(record);
      expect(encodeExchange(record).length).toBeLessThan(900);
    }
  });

  it("passes over keys that a newer gotap added", () => {
    const [record] = sampleTrace().exchanges;
    if (record === undefined) throw new Error("no sample");
    const stored = JSON.parse(encodeExchange(record)) as [
      number,
      number,
      object,
    ];
    const newer = JSON.stringify([
      stored[0],
      stored[1],
      { ...stored[2], later: { x: 1 } },
    ]);
    expect(
      decodeExchange(newer, { ...record, ...columnsOf(record) }),
    ).toStrictEqual(record);
  });

  it.each(["[2,0,{}]", "no JSON", "", "{}", "null"])(
    "says so when it cannot read %j",
    (stored) => {
      expect(() =>
        decodeExchange(stored, {
          exchangeId: "e00000000001",
          sessionId: "5e551000000000b1",
          host: "goproxy.cn",
          status: 200,
          bytes: 0,
        }),
      ).toThrow(/request e00000000001 .*cannot read/);
    },
  );
});
