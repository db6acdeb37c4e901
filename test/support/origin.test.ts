import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { get } from "node:https";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { startDelayRelay } from "./delay-relay.js";
import type { Answer, Fault } from "./origin-answer.js";
import { startOrigin, type Origin } from "./origin.js";
import { makeTestAuthority, type TestAuthority } from "./test-authority.js";

interface Seen {
  status: number | undefined;
  body: string;
  /** `end`, or how it broke: the error's code, `aborted`, or `stalled` after 100 ms without a byte. */
  end: string;
}

const BODY = "0123456789";
let authority: TestAuthority;
beforeAll(() => {
  authority = makeTestAuthority();
});
afterAll(() => authority.remove());

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of open.splice(0).toReversed()) await undo();
});

async function originWith(answer: Answer): Promise<Origin> {
  const origin = await startOrigin({ authority, handler: () => answer });
  open.push(() => origin.close());
  return origin;
}

function overHttp1(port: number, headers = {}): Promise<Seen> {
  return new Promise((resolve) => {
    const seen: Seen = { status: undefined, body: "", end: "" };
    const done = (end: string): void => {
      resolve({ ...seen, end });
      request.destroy();
    };
    const request = get(
      { host: "127.0.0.1", port, ca: authority.ca, headers, agent: false },
      (response) => {
        seen.status = response.statusCode;
        response.setTimeout(100, () => done("stalled"));
        response.on("data", (chunk: Buffer) => {
          seen.body += chunk.toString();
        });
        response.on("end", () => done("end"));
        response.on("error", (error: NodeJS.ErrnoException) =>
          done(error.code ?? error.message),
        );
      },
    );
    request.setTimeout(100, () => done("stalled"));
    request.on("error", (error: NodeJS.ErrnoException) =>
      done(error.code ?? error.message),
    );
  });
}

function overHttp2(port: number): Promise<Seen & { goaway: boolean }> {
  return new Promise((resolve) => {
    const seen = {
      status: undefined as number | undefined,
      body: "",
      end: "",
      goaway: false,
    };
    const session: ClientHttp2Session = connectHttp2(
      `https://127.0.0.1:${port}`,
      { ca: authority.ca },
    );
    session.on("error", () => {});
    session.on("goaway", () => {
      seen.goaway = true;
    });
    const stream = session.request({ ":path": "/" });
    const done = (end: string): void => {
      resolve({ ...seen, end });
      session.destroy();
    };
    stream.setTimeout(100, () => done("stalled"));
    stream.on("response", (headers) => {
      seen.status = headers[":status"];
    });
    stream.on("data", (chunk: Buffer) => {
      seen.body += chunk.toString();
    });
    stream.on("error", () => {});
    // Node's client ends a reset stream before it closes it: only the reset code tells.
    stream.on("close", () =>
      done(stream.rstCode === 0 ? "end" : `rst ${stream.rstCode}`),
    );
  });
}

const HTTP1: [string, Fault | undefined, Seen][] = [
  ["nothing", undefined, { status: 200, body: BODY, end: "end" }],
  ["drop", { kind: "drop" }, { status: undefined, body: "", end: "stalled" }],
  [
    "stall in the body",
    { kind: "stall", atByte: 4 },
    { status: 200, body: "0123", end: "stalled" },
  ],
  [
    "stall after the head",
    { kind: "stall", atByte: 0 },
    { status: 200, body: "", end: "stalled" },
  ],
  [
    "reset before the head",
    { kind: "reset", atByte: "head" },
    { status: undefined, body: "", end: "ECONNRESET" },
  ],
  [
    "truncate",
    { kind: "truncate", atByte: 4 },
    { status: 200, body: "0123", end: "ECONNRESET" },
  ],
  [
    "a length too long",
    { kind: "length", contentLength: 11 },
    { status: 200, body: BODY, end: "ECONNRESET" },
  ],
  [
    "wrong byte",
    { kind: "wrong-byte", atByte: 4 },
    { status: 200, body: "0123\ufffd56789", end: "end" },
  ],
  [
    "drip",
    { kind: "drip", bytes: 3, everyMs: 1 },
    { status: 200, body: BODY, end: "end" },
  ],
  [
    "half a head",
    { kind: "raw", text: "HTTP/1.1 200 OK\r\nConte", after: "stall" },
    { status: undefined, body: "", end: "stalled" },
  ],
];

describe("an origin's faults", () => {
  it.each(HTTP1)("HTTP/1.1: %s", async (_name, fault, expected) => {
    const origin = await originWith({
      body: BODY,
      ...(fault === undefined ? {} : { fault }),
    });
    expect(await overHttp1(origin.port)).toEqual(expected);
  });

  it("HTTP/1.1: a reset in the body and an over-long body break the stream", async () => {
    const reset = await originWith({
      body: BODY,
      fault: { kind: "reset", atByte: 4 },
    });
    expect((await overHttp1(reset.port)).end).not.toBe("end");
    const overlong = await originWith({
      body: BODY,
      fault: { kind: "overlong", extraBytes: 5 },
    });
    expect((await overHttp1(overlong.port)).body).toBe(BODY);
    expect(overlong.requests[0]?.bodyBytes).toBe(15);
  });

  it("HTTP/2: RST_STREAM, GOAWAY, stall, truncation", async () => {
    const at = async (fault: Fault) =>
      overHttp2((await originWith({ body: BODY, fault })).port);
    expect(await at({ kind: "rst-stream", atByte: 4, code: 2 })).toMatchObject({
      status: 200,
      end: "rst 2",
    });
    expect(await at({ kind: "goaway", atByte: 4, code: 0 })).toMatchObject({
      body: BODY,
      goaway: true,
    });
    expect(await at({ kind: "stall", atByte: 4 })).toMatchObject({
      body: "0123",
      end: "stalled",
    });
    expect((await at({ kind: "truncate", atByte: 4 })).body).toBe("0123");
  });

  it("serve ranges where they may", async () => {
    const headers = { range: "bytes=4-6" };
    const ranged = await originWith({ body: BODY, range: true });
    expect(await overHttp1(ranged.port, headers)).toMatchObject({
      status: 206,
      body: "456",
    });
    const plain = await originWith({ body: BODY });
    expect(await overHttp1(plain.port, headers)).toMatchObject({
      status: 200,
      body: BODY,
    });
  });

  it("strike connections: refused, silent, reset", async () => {
    const origin = await originWith({ body: BODY });
    origin.connectionFault = "silent";
    expect((await overHttp1(origin.port)).end).toBe("stalled");
    origin.connectionFault = "reset";
    expect((await overHttp1(origin.port)).end).toBe("ECONNRESET");
    await origin.refuse();
    expect((await overHttp1(origin.port)).end).toBe("ECONNREFUSED");
  });
});

describe("startDelayRelay", () => {
  it("adds its delay in both directions and keeps the bytes", async () => {
    const origin = await originWith({ body: Buffer.alloc(3_000_000, "x") });
    const relay = await startDelayRelay(origin, 10);
    open.push(() => relay.close());
    const startedAtMs = performance.now();
    const seen = await overHttp1(relay.port);
    // The handshake's round trip, TLS 1.3's and the request's.
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(59);
    expect(seen).toMatchObject({ status: 200, end: "end" });
    expect(seen.body).toHaveLength(3_000_000);
  });
});
