import { afterEach, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawAnswers, type RawOrigin } from "./raw-origin.js";

describe("a response's head", () => {
  let origin: RawOrigin;
  let upstream: Upstream;
  afterEach(async () => {
    await upstream.close(0);
    origin.close();
  });
  const ask = async (bytes: string) => {
    origin = await rawAnswers((socket) => {
      socket.write(bytes, "latin1");
    });
    upstream = testUpstream(undefined);
    return tryOnce(upstream, targetOf(origin));
  };

  it("keeps order, case and repetition, and loses the fields of its hop", async () => {
    const tried = await ask(
      "HTTP/1.1 200 OK\r\nX-B: 1\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nset-Cookie: a\r\nSet-Cookie: b\r\nKeep-Alive: timeout=9\r\nContent-Length: 0\r\n\r\n",
    );
    expect(await tried.answered).toEqual({
      status: 200,
      headers: [
        ["X-B", "1"],
        ["set-Cookie", "a"],
        ["Set-Cookie", "b"],
        ["Content-Length", "0"],
      ],
      contentLength: 0,
    });
  });

  it("comes after its 1xx, which are passed on and are not its first byte", async () => {
    origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n");
      setTimeout(
        () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        50,
      );
    });
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin));
    expect(await tried.ended).toBeUndefined();
    expect(tried.informational).toEqual([
      { status: 103, headers: [["Link", "<a>"]] },
    ]);
    const { wait } = tried.record;
    expect((wait?.endedAtMs ?? 0) - (wait?.startedAtMs ?? 0)).toBeGreaterThan(
      45,
    );
  });

  it("ends wait with its first byte, not with its last", async () => {
    origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      setTimeout(() => socket.write("Content-Length: 0\r\n\r\n"), 80);
    });
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin));
    expect(await tried.ended).toBeUndefined();
    const { wait } = tried.record;
    expect((wait?.endedAtMs ?? 0) - (wait?.startedAtMs ?? 0)).toBeLessThan(75);
  });

  it.each([
    [
      "two lengths",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
    ],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    [
      "an empty Transfer-Encoding beside a length",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\nContent-Length: 2\r\n\r\nab",
    ],
    [
      "a switch of protocol",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
    ["no HTTP", "220 mail.test ESMTP\r\n\r\n"],
    ["too many fields", `HTTP/1.1 200 OK\r\nX: ${"a".repeat(400_000)}\r\n\r\n`],
    ["a field name with a space", "HTTP/1.1 200 OK\r\nX y: 1\r\n\r\n"],
  ])("is refused with %s", async (_what, bytes) => {
    const tried = await ask(bytes);
    const failure = await tried.ended;
    expect(failure).toMatchObject({ kind: "protocol", phase: "wait" });
    expect(tried.record.wait?.failure).toEqual(failure);
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });

  it.each([
    ["a FIN", false],
    ["a RST", true],
  ])("that never comes is reset: %s", async (_what, reset) => {
    origin = await rawAnswers((socket) => {
      if (reset) socket.resetAndDestroy();
      else socket.end();
    });
    upstream = testUpstream(undefined);
    expect(await tryOnce(upstream, targetOf(origin)).ended).toMatchObject({
      kind: "reset",
      phase: "wait",
    });
  });
});
