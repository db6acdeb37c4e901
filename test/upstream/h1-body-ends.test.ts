import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import {
  SOON,
  readBody,
  targetOf,
  testUpstream,
  tryOnce,
  type TryOptions,
} from "./harness.js";
import { rawAnswers, type RawOrigin } from "./raw-origin.js";

describe("how a body of HTTP/1.1 ends (RFC 9112 §6.3, FACTS L20)", () => {
  let origin: RawOrigin | undefined;
  let upstream: Upstream;
  afterEach(async () => {
    origin?.close();
    await upstream.close(0);
  });
  const ask = async (
    answer: (socket: Socket) => void,
    options: TryOptions = {},
  ) => {
    origin = await rawAnswers(answer);
    upstream = testUpstream(undefined);
    return tryOnce(upstream, targetOf(origin), options);
  };
  const LENGTH_5 = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const UNTIL_EOF = "HTTP/1.1 200 OK\r\n\r\n";

  it.each([
    ["all bytes of Content-Length", `${LENGTH_5}hello`],
    ["the last chunk", `${CHUNKED}5\r\nhello\r\n0\r\n\r\n`],
    [
      "the last chunk, with extensions",
      `${CHUNKED}5;a=b\r\nhello\r\n0\r\n\r\n`,
    ],
    [
      "all bytes of an answer that closes",
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
    ],
    [
      "all bytes of HTTP/1.0",
      "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ],
  ])("%s is a clean end", async (_what, bytes) => {
    const tried = await ask((socket) => {
      socket.write(bytes);
    });
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
  });

  it("a FIN is a clean end where nothing else says it", async () => {
    const tried = await ask((socket) => {
      socket.end(`${UNTIL_EOF}hello`);
    });
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
  });

  it("a RST is none", async () => {
    const tried = await ask((socket) => {
      socket.write(`${UNTIL_EOF}hello`, () => {
        setTimeout(() => socket.resetAndDestroy(), 20);
      });
    });
    expect(await tried.ended).toMatchObject({
      kind: "truncated",
      code: "ECONNRESET",
    });
    expect(tried.late).toEqual([]);
  });

  it("a RST is none for a reader that reads later", async () => {
    const tried = await ask(
      (socket) => {
        socket.write(`${UNTIL_EOF}hello`, () => {
          setTimeout(() => socket.resetAndDestroy(), 20);
        });
      },
      { hold: true },
    );
    await tried.answered;
    await expect.poll(() => origin?.sockets.size, SOON).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await readBody(tried)).toMatchObject({ kind: "truncated" });
  });

  it.each([
    ["Content-Length, FIN", `${LENGTH_5}hel`, false],
    ["Content-Length, RST", `${LENGTH_5}hel`, true],
    ["chunks, FIN in a chunk", `${CHUNKED}5\r\nhel`, false],
    ["chunks, FIN between chunks", `${CHUNKED}5\r\nhello\r\n`, false],
    ["chunks, FIN in the last chunk", `${CHUNKED}5\r\nhello\r\n0\r\n`, false],
    ["chunks, RST", `${CHUNKED}5\r\nhello\r\n`, true],
  ])("too early is a truncation: %s", async (_what, bytes, reset) => {
    const tried = await ask((socket) => {
      socket.write(bytes, () => {
        if (reset) setTimeout(() => socket.resetAndDestroy(), 20);
        else socket.end();
      });
    });
    expect(await tried.ended).toMatchObject({
      kind: "truncated",
      phase: "receive",
    });
    expect(tried.late).toEqual([]);
  });

  it("a broken chunk is malformed", async () => {
    const tried = await ask((socket) => {
      socket.write(`${CHUNKED}5\r\nhello\r\nzz\r\n`);
    });
    expect(await tried.ended).toMatchObject({ kind: "protocol" });
  });

  it.each([
    "hello, world",
    "helloHTTP/1.1 20",
    "helloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
  ])("more bytes than Content-Length are too many: %j", async (bytes) => {
    const tried = await ask((socket) => {
      socket.write(`HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n`);
      socket.write(`${LENGTH_5}${bytes}`);
    });
    expect(await tried.ended).toMatchObject({ kind: "overlong" });
    await expect.poll(() => origin?.sockets.size, SOON).toBe(0);
  });

  it("bytes behind the last chunk only cost the connection", async () => {
    const tried = await ask((socket) => {
      socket.write(`${CHUNKED}5\r\nhello\r\n0\r\n\r\nHTTP/1.1 999`);
    });
    expect(await tried.ended).toBeUndefined();
    await expect.poll(() => origin?.sockets.size, SOON).toBe(0);
  });

  it("hands trailers over, but not those that frame", async () => {
    const tried = await ask((socket) => {
      socket.write(
        `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Type: a/b\r\n\r\n`,
      );
    });
    expect(await tried.ended).toBeUndefined();
    expect(tried.trailers).toEqual([["X-Sum", "1"]]);
  });

  it.each(["HEAD", "GET"])(
    "there is none for %s where it cannot be",
    async (method) => {
      const tried = await ask(
        (socket) => {
          const status = method === "HEAD" ? "200 OK" : "304 Not Modified";
          socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\n`);
        },
        { method },
      );
      expect(await tried.answered).toMatchObject({ contentLength: 5 });
      expect(await tried.ended).toBeUndefined();
      expect(tried.bytes()).toBe(0);
    },
  );

  it("closes the connection when it is cancelled", async () => {
    const tried = await ask(
      (socket) => {
        socket.write(`${LENGTH_5}hel`);
      },
      { hold: true },
    );
    await tried.answered;
    tried.body?.cancel();
    await expect.poll(() => origin?.sockets.size, SOON).toBe(0);
  });
});
