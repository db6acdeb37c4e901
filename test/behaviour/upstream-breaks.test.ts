import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { FailureKind } from "../../src/model/failure.js";
import type { Answer } from "../support/origin-answer.js";
import type { Origin } from "../support/origin.js";
import { Joined } from "./joined.js";
import { client, type ClientProtocol } from "./joined-client.js";

/** What one break does to a request that is not tried again. */
const ONE_TRY = "[retry]\nattempts = 1\n";
const BODY = Buffer.alloc(20_000, "a body ");

/** Sends its second part when the client has the first: a reset may take unread bytes with it. */
async function* twoParts(cue: Promise<unknown>): AsyncGenerator<Buffer> {
  yield BODY.subarray(0, 9_000);
  await cue;
  yield BODY.subarray(9_000);
}

interface Break {
  name: string;
  answer: (clientHasHead: Promise<unknown>) => Answer;
  /** Of the origin; both where it is absent. */
  origin?: ClientProtocol;
  /** What the record says; several where the kernel or Node decides. */
  failures: FailureKind[];
  /** Before the client got a head: gotap answers. */
  beforeHead?: true;
  /** The reset may overtake the head. */
  mayLoseHead?: true;
}

const rawHead = (rest: string): string => `HTTP/1.1 200 OK\r\n${rest}`;

const BREAKS: Break[] = [
  {
    name: "a reset before the headers",
    answer: () => ({ fault: { kind: "reset", atByte: "head" } }),
    failures: ["reset"],
    beforeHead: true,
  },
  {
    name: "a reset within the headers",
    answer: () => ({
      fault: {
        kind: "raw",
        text: "HTTP/1.1 200 OK\r\nContent-Le",
        after: "reset",
      },
    }),
    origin: "h1",
    failures: ["reset"],
    beforeHead: true,
  },
  {
    name: "a close within the headers",
    answer: () => ({
      fault: { kind: "raw", text: "HTTP/1.1 200 OK\r\nConte", after: "close" },
    }),
    origin: "h1",
    failures: ["reset", "protocol"],
    beforeHead: true,
  },
  {
    name: "bytes that are no HTTP",
    answer: () => ({
      fault: {
        kind: "raw",
        text: "\u0000\u0001 what?\r\n\r\n",
        after: "close",
      },
    }),
    origin: "h1",
    failures: ["protocol"],
    beforeHead: true,
  },
  {
    name: "a Content-Length beside chunks",
    answer: () => ({
      fault: {
        kind: "raw",
        text: rawHead(
          "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ),
        after: "close",
      },
    }),
    origin: "h1",
    failures: ["protocol"],
    beforeHead: true,
  },
  {
    name: "a reset right after the headers",
    answer: () => ({ body: BODY, fault: { kind: "reset", atByte: 0 } }),
    failures: ["reset", "truncated"],
    mayLoseHead: true,
  },
  {
    name: "a reset in the body",
    answer: (cue) => ({
      headers: { "content-length": String(BODY.length) },
      body: twoParts(cue),
      fault: { kind: "reset", atByte: 9_001 },
    }),
    failures: ["truncated"],
  },
  {
    name: "a reset in a body without a length",
    answer: (cue) => ({
      body: twoParts(cue),
      fault: { kind: "reset", atByte: 9_001 },
    }),
    failures: ["truncated"],
  },
  {
    name: "a body that ends before its length",
    answer: () => ({ body: BODY, fault: { kind: "truncate", atByte: 9_000 } }),
    failures: ["truncated"],
  },
  {
    name: "a chunked body that is closed in the middle",
    answer: () => ({
      fault: {
        kind: "raw",
        text: rawHead("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        after: "close",
      },
    }),
    origin: "h1",
    failures: ["truncated"],
  },
  {
    name: "a body that is longer than its length",
    answer: (cue) => ({
      headers: { "content-length": "9500" },
      body: twoParts(cue),
    }),
    // nghttp2 does not say which of the two it found.
    failures: ["overlong", "truncated"],
  },
  {
    name: "RST_STREAM INTERNAL_ERROR in the body",
    answer: () => ({
      body: BODY,
      fault: { kind: "rst-stream", atByte: 9_000, code: 2 },
    }),
    origin: "h2",
    failures: ["stream-reset"],
  },
];

describe("an upstream that breaks", () => {
  let joined: Joined;
  const origins = new Map<ClientProtocol, Origin>();
  let count = 0;

  beforeAll(async () => {
    joined = await Joined.start({ toml: ONE_TRY });
    for (const protocol of ["h1", "h2"] as const)
      origins.set(
        protocol,
        await joined.origin({
          protocols: [protocol === "h2" ? "h2" : "http/1.1"],
          handler: () => ({ body: BODY }),
        }),
      );
  });
  afterAll(() => joined.close());
  // What breaks all the time is not asked any more.
  beforeEach(() => {
    joined.gotap.breakers.reset();
  });

  for (const broken of BREAKS)
    for (const originProtocol of ["h1", "h2"] as const) {
      if ((broken.origin ?? originProtocol) !== originProtocol) continue;
      for (const clientProtocol of ["h1", "h2"] as const)
        it(`${broken.name}: origin ${originProtocol}, client ${clientProtocol}`, async () => {
          const origin = origins.get(originProtocol);
          if (origin === undefined) throw new Error("no origin");
          count += 1;
          const path = `/example.com/m/@v/v1.0.${count}.zip`;
          const go = await client(joined, clientProtocol, origin.port);
          let headed: (value: unknown) => void = () => {};
          const cue = new Promise((resolve) => {
            headed = resolve;
          });
          origin.handler = () => broken.answer(cue);
          const asked = go.ask(path);
          void asked.head.then(headed);
          const answer = await asked.seen;
          origin.handler = () => ({ body: BODY });
          await joined.quiet();
          go.close();
          const lost = broken.mayLoseHead === true && answer.status === 502;
          const answered = broken.beforeHead === true || lost;
          expect(answer.status).toBe(answered ? 502 : 200);
          expect(answer.whole).toBe(answered);
          expect(answer.body.toString()).toMatch(
            answered ? /^gotap: .*\n/ : /^(?!gotap)/,
          );

          const next = await client(joined, clientProtocol, origin.port);
          const after = await next.get("/example.com/m/@v/list");
          expect(after.whole).toBe(true);
          expect(after.body.equals(BODY)).toBe(true);
          next.close();

          const record = await joined.exchangeOf(path);
          expect(broken.failures).toContain(record.failure?.kind);
          expect(record.attempts.at(-1)?.failure?.kind).toBe(
            record.failure?.kind,
          );
          const own = (await joined.spans()).filter(({ span_id: id }) =>
            id.startsWith(record.exchangeId),
          );
          for (const kind of ["SERVER", "CLIENT"])
            expect(
              own.findLast((span) => span.kind === kind)?.status.code,
            ).toBe("ERROR");
        });
    }
});
