import type { ServerHttp2Stream } from "node:http2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { SOON, readBody, targetOf, testUpstream, tryOnce } from "./harness.js";
import { h2Origin, type RawOrigin } from "./raw-origin.js";

let authority: TestAuthority;
beforeAll(() => {
  authority = makeTestAuthority();
});
afterAll(() => {
  authority.remove();
});

describe("a body of HTTP/2", () => {
  let origin: RawOrigin;
  const upstreams: ReturnType<typeof testUpstream>[] = [];
  afterEach(async () => {
    origin.close();
    for (const one of upstreams.splice(0)) await one.close(0);
  });
  const ask = async (
    play: (stream: ServerHttp2Stream, cut: () => void) => void,
    options: Parameters<typeof tryOnce>[2] = {},
  ) => {
    origin = await h2Origin(authority, play);
    const upstream = testUpstream(authority.ca);
    upstreams.push(upstream);
    return tryOnce(upstream, targetOf(origin), options);
  };
  const partly = (stream: ServerHttp2Stream, length?: number): void => {
    stream.respond({
      ":status": 200,
      ...(length === undefined ? {} : { "content-length": length }),
    });
    stream.write("0123456789");
  };

  it.each([undefined, 10])(
    "ends cleanly with END_STREAM (content-length %s)",
    async (length) => {
      const tried = await ask((stream) => {
        partly(stream, length);
        stream.end();
      });
      expect(await tried.ended).toBeUndefined();
      expect(tried.text()).toBe("0123456789");
    },
  );

  it("hands trailers over", async () => {
    const tried = await ask((stream) => {
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "x-sum": "1" });
      });
      stream.end("x");
    });
    expect(await tried.ended).toBeUndefined();
    expect(tried.trailers).toEqual([["x-sum", "1"]]);
  });

  it("ends at once where the head said END_STREAM", async () => {
    const tried = await ask((stream) => {
      stream.respond({ ":status": 204 }, { endStream: true });
    });
    expect(await tried.answered).toMatchObject({ status: 204 });
    expect(await tried.ended).toBeUndefined();
  });

  it("is empty for HEAD, whatever content-length says", async () => {
    const tried = await ask(
      (stream) => {
        stream.respond({ ":status": 200, "content-length": 77 });
        stream.end();
      },
      { method: "HEAD" },
    );
    expect(await tried.answered).toMatchObject({ contentLength: 77 });
    expect(await tried.ended).toBeUndefined();
  });

  it("fails where the connection is closed", async () => {
    const tried = await ask((stream, cut) => {
      partly(stream);
      setTimeout(cut, 20);
    });
    expect(await tried.ended).toMatchObject({ kind: "truncated" });
    expect(tried.text()).toBe("0123456789");
  });

  it("fails where a GOAWAY is followed by a close", async () => {
    const tried = await ask((stream, cut) => {
      partly(stream);
      stream.session?.goaway(0);
      setTimeout(cut, 20);
    });
    expect(await tried.ended).toMatchObject({ kind: "truncated" });
  });

  it("reaches a slow reader whole, though the connection is gone by then", async () => {
    const body = Buffer.alloc(300_000, "x");
    const tried = await ask(
      (stream, cut) => {
        stream.respond({ ":status": 200 });
        stream.end(body);
        stream.on("close", () => {
          setTimeout(cut, 20);
        });
      },
      { hold: true },
    );
    await tried.answered;
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await readBody(tried)).toBeUndefined();
    expect(tried.bytes()).toBe(body.length);
  });

  it("stops upstream when it is cancelled", async () => {
    let code: number | undefined;
    const tried = await ask(
      (stream) => {
        partly(stream);
        stream.on("close", () => {
          code = stream.rstCode;
        });
      },
      { hold: true },
    );
    await tried.answered;
    tried.body?.cancel();
    await expect.poll(() => code, SOON).toBe(8);
  });
});
