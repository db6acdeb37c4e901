import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawAnswers, type RawOrigin } from "./raw-origin.js";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("a kept HTTP/1.1 connection", () => {
  let origin: RawOrigin;
  let upstream: Upstream;
  afterEach(async () => {
    await upstream.close(0);
    origin.close();
  });
  const start = async (
    answer: (socket: Socket, head: string) => void,
    tuning: { idleMs?: number; maxIdlePerKey?: number } = {},
  ) => {
    origin = await rawAnswers(answer);
    upstream = testUpstream(undefined, { tuning });
    return targetOf(origin);
  };

  it("carries one request after the other, each linked to who dialled it", async () => {
    const target = await start((socket) => socket.write(OK));
    const first = tryOnce(upstream, target);
    await first.ended;
    for (let i = 0; i < 3; i++) {
      const next = tryOnce(upstream, target);
      expect(await next.ended).toBeUndefined();
      expect(next.record.reused).toEqual(first.span);
      expect(next.record.dial).toBeUndefined();
      expect(next.record.queue).toBeUndefined();
      expect(next.record.upstreamConnectionId).toBe(
        first.record.upstreamConnectionId,
      );
    }
    expect(origin.accepted()).toBe(1);
  });

  it.each([
    [
      "the answer says close",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    ],
    [
      "the peer speaks HTTP/1.0",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
    [
      "the peer keeps it for less than it takes",
      "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok",
    ],
    [
      "bytes follow the answer",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 2",
    ],
    [
      "the answer is refused",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    ],
  ])("is none where %s", async (_why, answer) => {
    const target = await start((socket) => socket.write(answer));
    await tryOnce(upstream, target).ended;
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });

  it("is closed by a byte that nobody asked for", async () => {
    const target = await start((socket) => {
      socket.write(OK);
      setTimeout(() => socket.write("HTTP/1.1 200 OK\r\n"), 30);
    });
    await tryOnce(upstream, target).ended;
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
    const next = tryOnce(upstream, target);
    expect(await next.ended).toBeUndefined();
    expect(next.record.dial).toBeDefined();
  });

  it("is closed with the peer's FIN", async () => {
    const target = await start((socket) => socket.write(OK));
    await tryOnce(upstream, target).ended;
    for (const socket of origin.sockets) socket.end();
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
    expect(await tryOnce(upstream, target).ended).toBeUndefined();
    expect(origin.accepted()).toBe(2);
  });

  it("fails as reset, and as reused, where the peer closes it under the request", async () => {
    let count = 0;
    const target = await start((socket) => {
      count += 1;
      if (count === 1) socket.write(OK);
      else socket.destroy();
    });
    const first = tryOnce(upstream, target);
    await first.ended;
    const second = tryOnce(upstream, target);
    expect(await second.ended).toMatchObject({ kind: "reset", phase: "wait" });
    expect(second.record.reused).toEqual(first.span);
  });

  it("is closed after its time without work", async () => {
    const target = await start((socket) => socket.write(OK), { idleMs: 40 });
    await tryOnce(upstream, target).ended;
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });

  it("is one of few", async () => {
    const held: Socket[] = [];
    const target = await start((socket) => held.push(socket), {
      maxIdlePerKey: 2,
    });
    const all = Array.from({ length: 5 }, () => tryOnce(upstream, target));
    await expect.poll(() => held.length, SOON).toBe(5);
    for (const socket of held) socket.write(OK);
    await Promise.all(all.map((one) => one.ended));
    await expect.poll(() => origin.sockets.size, SOON).toBe(2);
  });

  it("is not shared by pinned and other attempts", async () => {
    const target = await start((socket) => socket.write(OK));
    await tryOnce(upstream, { ...target, pinnedTo: 1 }).ended;
    await tryOnce(upstream, { ...target, pinnedTo: 2 }).ended;
    await tryOnce(upstream, target).ended;
    expect(origin.accepted()).toBe(3);
    await tryOnce(upstream, { ...target, pinnedTo: 1 }).ended;
    expect(origin.accepted()).toBe(3);
  });
});
