import { describe, expect, it } from "vitest";

import type { ExchangeRecord } from "../../src/model/record.js";
import { spanIdOf } from "../../src/model/span-ref.js";
import type { Span } from "../../src/model/span.js";
import { ATTR } from "../../src/span/attributes.js";
import { spansOfExchange } from "../../src/span/exchange-spans.js";
import { spansOf } from "../../src/span/trace.js";
import {
  manySpans,
  sampleAttempt,
  sampleExchange,
  sampleSession,
  sampleTrace,
  TRACE_ID,
} from "../support/sample-trace.js";

const spans = spansOf(sampleTrace());
const byId = new Map(spans.map((span) => [span.span_id, span]));

function under(exchangeId: string): Span[] {
  return spans.filter((span) => span.span_id.startsWith(exchangeId));
}

function only(exchangeId: string, name: string): Span {
  const found = under(exchangeId).filter((span) => span.name === name);
  expect(found).toHaveLength(1);
  return found[0] as Span;
}

describe("spansOf", () => {
  it("puts every parent before its children, without orphans or doubles", () => {
    const seen = new Set<string>();
    for (const span of spans) {
      expect(seen.has(span.parent_span_id ?? "")).toBe(
        span.parent_span_id !== null,
      );
      expect(seen).not.toContain(span.span_id);
      seen.add(span.span_id);
    }
    expect(spans[0]).toMatchObject({ name: "run make", parent_span_id: null });
  });

  it("keeps finished children within finished parents, in whole microseconds", () => {
    for (const span of spans) {
      expect(span.start_unix_nano).toMatch(/^\d+000$/);
      const parent = byId.get(span.parent_span_id ?? "");
      if (parent === undefined) continue;
      expect(BigInt(span.start_unix_nano)).toBeGreaterThanOrEqual(
        BigInt(parent.start_unix_nano),
      );
      if (span.end_unix_nano === null || parent.end_unix_nano === null)
        continue;
      expect(BigInt(span.end_unix_nano)).toBeLessThanOrEqual(
        BigInt(parent.end_unix_nano),
      );
    }
  });

  it("names run, session, SERVER, CLIENT and the phases that happened", () => {
    expect(
      under("e00000000001").map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual([
      "SERVER GET {module}/@v/{version}.info",
      "CLIENT GET {module}/@v/{version}.info",
      "INTERNAL dns",
      "INTERNAL connect",
      "INTERNAL connect",
      "INTERNAL tls",
      "INTERNAL wait",
      "INTERNAL receive",
    ]);
    expect(under("e00000000008").map((span) => span.name)).toEqual([
      "CONNECT",
      "CONNECT",
      "dns",
      "connect",
      "connect",
    ]);
    const sessions = spans.filter(
      (span) => span.attributes[ATTR.sessionId] !== undefined,
    );
    expect(sessions.map((span) => span.name)).toEqual([
      "go mod download",
      "go vet",
    ]);
  });

  it("gives each tried address its own span, and the failed one its error", () => {
    const connects = under("e00000000001").filter(
      (span) => span.name === "connect",
    );
    expect(connects.map((span) => span.status.code)).toEqual([
      "ERROR",
      "UNSET",
    ]);
    expect(connects[0]?.attributes).toMatchObject({
      "network.peer.address": "2001:db8::7",
      "error.type": "connect-unreachable",
      "gotap.failure.code": "ENETUNREACH",
    });
  });

  it("converts instants by the session's anchor", () => {
    expect(only("e00000000001", "dns")).toMatchObject({
      start_unix_nano: "1795341600020000000",
      end_unix_nano: "1795341600032300000",
    });
  });

  it("links a reused connection, and a wait for a dial, to the CLIENT span that dialled", () => {
    const dialled = spanIdOf("e00000000001", 0);
    const [, client, queue] = under("e00000000002");
    expect(client?.attributes[ATTR.reused]).toBe(true);
    expect(client?.links).toEqual([
      {
        trace_id: TRACE_ID,
        span_id: dialled,
        attributes: { "gotap.link": "connection" },
      },
    ]);
    expect(queue?.name).toBe("queue");
    expect(queue?.links).toMatchObject([
      { span_id: dialled, attributes: { "gotap.link": "dial" } },
    ]);
    expect(byId.get(dialled)?.kind).toBe("CLIENT");
    expect(under("e00000000002").some((span) => span.name === "dns")).toBe(
      false,
    );
  });

  it("takes a 404 and a client that went away for answers, a cut body for an error", () => {
    const [notFound] = under("e00000000004");
    expect(notFound?.status).toEqual({ code: "UNSET" });
    expect(notFound?.attributes[ATTR.statusCode]).toBe(404);
    const [gone] = under("e00000000009");
    expect(gone?.status).toEqual({ code: "UNSET" });
    expect(gone?.attributes).toMatchObject({ "gotap.client.gone": true });
    expect(gone?.attributes[ATTR.errorType]).toBeUndefined();
    const [cut, client] = under("e00000000005");
    for (const span of [cut, client, only("e00000000005", "receive")]) {
      expect(span?.status).toEqual({
        code: "ERROR",
        message: "the body ended after 20000 of 90000 bytes",
      });
      expect(span?.attributes[ATTR.errorType]).toBe("truncated");
    }
    expect(only("e00000000005", "wait").status.code).toBe("UNSET");
  });

  it("says 5xx by its status", () => {
    const exchange = sampleExchange({
      status: 503,
      attempts: [sampleAttempt({ status: 503 })],
    });
    for (const span of spansOfExchange(sampleSession(), exchange))
      expect(span).toMatchObject({
        status: { code: "ERROR" },
        attributes: { "error.type": "503" },
      });
  });

  it("leaves what is open without an end, down to the phase", () => {
    const open = under("e0000000000a");
    expect(open).toHaveLength(3);
    expect(open.map((span) => span.end_unix_nano)).toEqual([null, null, null]);
  });

  it("marks a tunnel and says why", () => {
    const [server] = under("e00000000008");
    expect(server?.attributes).toMatchObject({
      "gotap.tunnel": true,
      "gotap.tunnel.bytes_up": 2100,
      "gotap.tunnel.bytes_down": 48_000,
    });
    expect(server?.attributes[ATTR.tunnelReason]).toContain("refused");
    expect(server?.attributes[ATTR.urlFull]).toBeUndefined();
  });

  it("closes the open spans of a lost session at its end and marks just them", () => {
    const { endedAtMs: _, ...open } = sampleExchange({ startedAtMs: 2000 });
    const finished = sampleExchange({ exchangeId: "e00000000002" });
    const lost = sampleSession({ lost: true, endedAtMs: 5000 });
    const trace = {
      traceId: TRACE_ID,
      sessions: [lost],
      exchanges: [open, finished],
    };
    const made = spansOf(trace).filter((span) => span.kind === "SERVER");
    expect(made[0]).toMatchObject({
      end_unix_nano: "1795341604000000000",
      attributes: { "gotap.lost": true },
    });
    expect(made[1]?.attributes[ATTR.lost]).toBeUndefined();
    const { endedAtMs: _end, ...unknownEnd } = lost;
    expect(spansOfExchange(unknownEnd, open)[0]?.end_unix_nano).toBe(
      "1795341601000000000",
    );
  });

  it("ends with an ended parent what the record left open", () => {
    const { endedAtMs: _, ...attempt } = sampleAttempt({
      wait: { startedAtMs: 1100 },
    });
    const exchange = sampleExchange({
      attempts: [attempt],
      failure: { kind: "client-gone" },
    });
    const ends = spansOfExchange(sampleSession(), exchange).map(
      (span) => span.end_unix_nano,
    );
    expect(new Set(ends)).toEqual(new Set(["1795341600521000000"]));
  });

  it("never gives two addresses one span id, however many there are", () => {
    const connects = Array.from({ length: 80 }, (_, index) => ({
      startedAtMs: 1020,
      endedAtMs: 1030,
      address: `203.0.113.${index}`,
      port: 443,
    }));
    const exchange: ExchangeRecord = sampleExchange({
      attempts: [sampleAttempt({ dial: { connects } })],
    });
    const ids = spansOfExchange(sampleSession(), exchange).map(
      (span) => span.span_id,
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("begins a trace at the session where the run's record is not there", () => {
    const { run: _, ...trace } = sampleTrace();
    expect(spansOf(trace)[0]?.parent_span_id).toBeNull();
    const caller = sampleSession({ parentSpanId: "00f067aa0ba902b7" });
    const { runId: _run, ...ofCaller } = caller;
    const [span] = spansOf({
      traceId: TRACE_ID,
      sessions: [ofCaller],
      exchanges: [],
    });
    expect(span?.parent_span_id).toBe("00f067aa0ba902b7");
  });

  it("redacts the URL even where the record was not", () => {
    const exchange = sampleExchange({ target: "/x?X-Amz-Signature=deadbeef" });
    expect(
      JSON.stringify(spansOfExchange(sampleSession(), exchange)),
    ).not.toContain("deadbeef");
  });

  it("gives the same spans one exchange at a time as all at once", () => {
    const trace = manySpans(40);
    const [session] = trace.sessions;
    const one = trace.exchanges.flatMap((exchange) =>
      spansOfExchange(session ?? sampleSession(), exchange),
    );
    expect(spansOf(trace).slice(1)).toEqual(one);
  });
});
