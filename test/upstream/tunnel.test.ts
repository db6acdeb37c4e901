import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import type { BodySink, BodySource } from "../../src/model/body.js";
import type { Failure } from "../../src/model/failure.js";
import type { AttemptRecord } from "../../src/model/record.js";
import type { Upstream, UpstreamTarget } from "../../src/model/upstream.js";
import { waitFor } from "../support/wait-for.js";
import { SOON, realClock, targetOf, testUpstream } from "./harness.js";
import { listening, rawOrigin, type RawOrigin } from "./raw-origin.js";
import { httpProxy, socksProxy } from "./test-proxies.js";

interface Dug {
  record: AttemptRecord;
  read: string;
  ended: boolean;
  failure: Failure | undefined;
  source: BodySource | undefined;
  sink: BodySink | undefined;
  abort(): void;
}

function dig(upstream: Upstream, target: UpstreamTarget, start = true): Dug {
  const record: AttemptRecord = {
    index: 0,
    way: target.way.name,
    ...target.origin,
    startedAtMs: realClock.nowMs(),
    bodyBytes: 0,
  };
  const dug: Dug = {
    record,
    read: "",
    ended: false,
    failure: undefined,
    source: undefined,
    sink: undefined,
    abort: () => {
      attempt.abort();
    },
  };
  const fail = (failure: Failure): void => {
    dug.failure = failure;
  };
  const attempt = upstream.tunnel(target, record, {
    connected(source, sink) {
      dug.source = source;
      dug.sink = sink;
      if (start)
        source.start({
          data: (chunk) => (dug.read += Buffer.from(chunk).toString()),
          end: () => (dug.ended = true),
          failed: fail,
        });
    },
    failed: fail,
    progressed() {},
  });
  return dug;
}

describe("a tunnel", () => {
  const open: RawOrigin[] = [];
  let upstream: Upstream;
  afterEach(async () => {
    await upstream.close(0);
    for (const one of open.splice(0)) one.close();
  });
  const origin = async (...args: Parameters<typeof rawOrigin>) => {
    const made = await rawOrigin(...args);
    open.push(made);
    upstream = testUpstream(undefined);
    return made;
  };

  it("carries bytes both ways, and one end at a time", async () => {
    let received = "";
    const made = await rawHalfOpen((text, socket) => {
      received += text;
      if (text === "") socket.end("bye");
    });
    open.push(made);
    upstream = testUpstream(undefined);
    const dug = dig(upstream, targetOf({ ...made, scheme: "https" }));
    const sink = await waitFor("the tunnel", () => dug.sink);
    sink.write(Buffer.from("hello"));
    sink.end();
    await waitFor("the peer's end", () => dug.ended);
    expect(received).toBe("hello");
    expect(dug.read).toBe("bye");
    expect(dug.record.dial?.connects).toHaveLength(1);
    expect(dug.record.dial?.tls).toBeUndefined();
    expect(dug.record).toMatchObject({
      peerAddress: "127.0.0.1",
      peerPort: made.port,
    });
    await expect.poll(() => made.sockets.size, SOON).toBe(0);
  });

  it("goes on after the peer's FIN", async () => {
    let received = "";
    const made = await rawHalfOpen((text, socket) => {
      received += text;
      if (text === "first") socket.end();
    });
    open.push(made);
    upstream = testUpstream(undefined);
    const dug = dig(upstream, targetOf(made));
    const sink = await waitFor("the tunnel", () => dug.sink);
    sink.write(Buffer.from("first"));
    await waitFor("the peer's end", () => dug.ended);
    sink.write(Buffer.from(" second"));
    sink.end();
    await expect.poll(() => received, SOON).toBe("first second");
  });

  it("that is reset fails", async () => {
    const made = await origin((socket) => {
      socket.write("x", () => setTimeout(() => socket.resetAndDestroy(), 20));
    });
    const dug = dig(upstream, targetOf(made));
    const failure = await waitFor("the failure", () => dug.failure);
    expect(failure).toMatchObject({ kind: "reset", code: "ECONNRESET" });
    expect(dug.read).toBe("x");
    expect(dug.sink?.write(Buffer.from("late"))).toBe(true);
  });

  it("holds the peer back while nobody reads", async () => {
    let written = 0;
    const made = await origin((socket) => {
      const chunk = Buffer.alloc(65_536);
      const fill = (): void => {
        while (socket.write(chunk)) written += chunk.length;
      };
      socket.on("drain", fill);
      fill();
    });
    const dug = dig(upstream, targetOf(made), false);
    await waitFor("the tunnel", () => dug.source);
    let before = -1;
    await waitFor("the standstill", async () => {
      if (before === written) return true;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return false;
    });
    expect(written).toBeLessThan(30_000_000);
    dug.abort();
    await expect.poll(() => made.sockets.size, SOON).toBe(0);
  });

  it("fails as its dial does", async () => {
    const made = await origin(() => {});
    made.close();
    const dug = dig(upstream, targetOf(made));
    expect(await waitFor("the failure", () => dug.failure)).toMatchObject({
      kind: "connect-refused",
    });
  });

  it("may go through an HTTP proxy or SOCKS, and loses no early byte", async () => {
    const made = await origin((socket) => socket.end("welcome"));
    const proxy = await httpProxy();
    const socks = await socksProxy({ greet: true });
    open.push(proxy, socks);
    for (const one of [proxy, socks]) {
      const dug = dig(upstream, targetOf(made, one.way()));
      await expect.poll(() => dug.read, SOON).toBe("welcome");
      expect(dug.record.dial?.proxy?.endedAtMs).toBeDefined();
      dug.abort();
    }
    expect(proxy.asked[0]).toContain(`CONNECT 127.0.0.1:${made.port} `);
  });
});

/** A server whose direction stays open after the client's FIN; "" is that FIN. */
function rawHalfOpen(
  heard: (text: string, socket: Socket) => void,
): Promise<RawOrigin> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("data", (chunk) => {
      heard(chunk.toString(), socket);
    });
    socket.on("end", () => {
      heard("", socket);
    });
  });
  return listening("http", server);
}
