import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import {
  SOON,
  readBody,
  targetOf,
  testUpstream,
  tryOnce,
  type TryOptions,
} from "./harness.js";
import { type RawStream, rawH2Origin } from "./raw-h2.js";
import type { RawOrigin } from "./raw-origin.js";

describe("how a body of HTTP/2 ends (FACTS L20)", () => {
  let authority: TestAuthority;
  let origin: RawOrigin | undefined;
  let upstream: Upstream;
  beforeAll(() => {
    authority = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
  });
  afterEach(async () => {
    origin?.close();
    await upstream.close(0);
  });
  const ask = async (
    play: (stream: RawStream) => void,
    options: TryOptions = {},
  ) => {
    origin = await rawH2Origin(authority, play);
    upstream = testUpstream(authority.ca);
    return tryOnce(upstream, targetOf(origin), options);
  };

  it.each([undefined, 10])(
    "END_STREAM is clean, content-length %s",
    async (length) => {
      const tried = await ask((stream) => {
        stream.head(length);
        stream.data("0123456789", true);
      });
      expect(await tried.ended).toBeUndefined();
      expect(tried.text()).toBe("0123456789");
    },
  );

  it("a reset behind END_STREAM changes nothing", async () => {
    const tried = await ask((stream) => {
      stream.head();
      stream.data("0123456789", true);
      stream.rst(0);
    });
    expect(await tried.ended).toBeUndefined();
  });

  it("a reset behind END_STREAM changes nothing for a slow reader of a request with a body", async () => {
    const tried = await ask(
      (stream) => {
        stream.head();
        stream.data("0123456789", true);
        stream.rst(2);
      },
      { method: "POST", hasBody: true, hold: true },
    );
    await tried.answered;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readBody(tried)).toBeUndefined();
    expect(tried.text()).toBe("0123456789");
  });

  it.each([
    [0, "NO_ERROR", undefined],
    [0, "NO_ERROR", 10],
    [0, "NO_ERROR", 20],
    [2, "INTERNAL_ERROR", undefined],
    [7, "REFUSED_STREAM", undefined],
    [8, "CANCEL", undefined],
    [8, "CANCEL", 10],
    [11, "ENHANCE_YOUR_CALM", 20],
  ])(
    "RST_STREAM %i (%s) is a failure, content-length %s",
    async (code, name, length) => {
      const tried = await ask((stream) => {
        stream.head(length);
        stream.data("0123456789");
        stream.rst(code);
      });
      expect(await tried.ended).toMatchObject({
        kind: "stream-reset",
        phase: "receive",
        code: name,
      });
      expect(tried.late).toEqual([]);
    },
  );

  it.each([
    [8, false],
    [0, false],
    [0, true],
  ])(
    "RST_STREAM %i is a failure for a reader that reads later (then closed: %s)",
    async (code, close) => {
      const tried = await ask(
        (stream) => {
          stream.head();
          stream.data("0123456789");
          stream.rst(code);
          if (close) stream.socket.end();
        },
        { hold: true },
      );
      await tried.answered;
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await readBody(tried)).toBeDefined();
    },
  );

  it.each([undefined, 10, 20])(
    "a FIN is a failure, content-length %s",
    async (length) => {
      const tried = await ask((stream) => {
        stream.head(length);
        stream.data("0123456789");
        stream.socket.end();
      });
      expect(await tried.ended).toMatchObject({ kind: "truncated" });
    },
  );

  it("a GOAWAY and a FIN are a failure", async () => {
    const tried = await ask((stream) => {
      stream.head();
      stream.data("0123456789");
      stream.goaway(stream.id, 0);
      stream.socket.end();
    });
    expect(await tried.ended).toMatchObject({ kind: "truncated" });
  });

  it("a GOAWAY with an error is a failure", async () => {
    const tried = await ask((stream) => {
      stream.head();
      stream.data("0123456789");
      stream.goaway(stream.id, 2);
    });
    expect(await tried.ended).toMatchObject({
      kind: "truncated",
      code: "INTERNAL_ERROR",
    });
  });

  it("a RST is a failure", async () => {
    const tried = await ask((stream) => {
      stream.head();
      stream.data("0123456789");
      setTimeout(() => {
        for (const socket of origin?.sockets ?? []) socket.resetAndDestroy();
      }, 20);
    });
    expect(await tried.ended).toMatchObject({
      kind: "truncated",
      code: "ECONNRESET",
    });
  });

  it("fewer bytes than content-length are a failure", async () => {
    const tried = await ask((stream) => {
      stream.head(20);
      stream.data("0123456789", true);
    });
    expect(await tried.ended).toMatchObject({ kind: "truncated" });
  });

  it("more bytes than content-length are a failure", async () => {
    const tried = await ask((stream) => {
      stream.head(5);
      stream.data("01234");
      stream.data("56789", true);
    });
    expect(await tried.ended).toMatchObject({ kind: "overlong" });
  });

  it("a slow reader gets all of it, though the connection is long gone", async () => {
    const tried = await ask(
      (stream) => {
        stream.head();
        for (let i = 0; i < 20; i++) stream.data(Buffer.alloc(10_000, "x"));
        stream.data("", true);
        stream.socket.end();
      },
      { hold: true },
    );
    await tried.answered;
    await expect.poll(() => origin?.sockets.size, SOON).toBe(0);
    expect(await readBody(tried)).toBeUndefined();
    expect(tried.bytes()).toBe(200_000);
  });
});
