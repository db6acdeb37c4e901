import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { h2Origin, rawAnswers, type RawOrigin } from "./raw-origin.js";

describe.each(["h2", "http/1.1"] as const)(
  "a request's body over %s",
  (protocol) => {
    let authority: TestAuthority;
    let origin: Origin;
    let upstream: Upstream;
    beforeAll(async () => {
      authority = makeTestAuthority();
      origin = await startOrigin({
        authority,
        protocols: [protocol],
        handler: async (request) => ({ body: await request.body() }),
      });
    });
    afterAll(async () => {
      await upstream.close(0);
      await origin.close();
      authority.remove();
    });

    it.each([undefined, 300_000])(
      "arrives byte for byte (content-length %s)",
      async (length) => {
        upstream = testUpstream(authority.ca);
        const tried = tryOnce(upstream, targetOf(origin), {
          method: "POST",
          hasBody: true,
          headers:
            length === undefined ? [] : [["Content-Length", String(length)]],
        });
        const sink = await tried.ready;
        expect(tried.record.send).toBeUndefined();
        for (let i = 0; i < 3; i++)
          sink?.write(Buffer.alloc(100_000, String(i)));
        expect(tried.record.wait).toBeUndefined();
        sink?.end();
        expect(await tried.ended).toBeUndefined();
        expect(tried.bytes()).toBe(300_000);
        expect(tried.text().slice(199_999, 200_001)).toBe("12");
        const { send, wait } = tried.record;
        expect(send?.endedAtMs).toBeGreaterThanOrEqual(
          send?.startedAtMs ?? Infinity,
        );
        expect(wait?.startedAtMs).toBeGreaterThanOrEqual(
          send?.endedAtMs ?? Infinity,
        );
      },
    );
  },
);

describe("a request's body that is not taken", () => {
  let origin: RawOrigin;
  let upstream: Upstream;
  let authority: TestAuthority;
  beforeAll(() => {
    authority = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
  });
  afterEach(async () => {
    await upstream.close(0);
    origin.close();
  });
  const POST = { method: "POST", hasBody: true };

  it("holds its writer back, and lets it go when the attempt ends (HTTP/1.1)", async () => {
    origin = await rawAnswers((socket) => socket.pause());
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin), POST);
    const sink = await tried.ready;
    let drained = 0;
    sink?.onDrain(() => (drained += 1));
    const chunk = Buffer.alloc(1 << 20);
    let taken = 0;
    while (sink?.write(chunk) === true && taken < 100) taken += 1;
    expect(taken).toBeLessThan(100);
    tried.attempt.abort();
    await waitFor("the writer's release", () => drained > 0);
    expect(sink?.write(chunk)).toBe(true);
  });

  it("holds its writer back (HTTP/2), and its reset is RST_STREAM", async () => {
    let code: number | undefined;
    origin = await h2Origin(authority, (stream) => {
      stream.on("close", () => (code = stream.rstCode));
    });
    upstream = testUpstream(authority.ca);
    const tried = tryOnce(upstream, targetOf(origin), POST);
    const sink = await tried.ready;
    let taken = 0;
    while (sink?.write(Buffer.alloc(1 << 20)) === true && taken < 100)
      taken += 1;
    expect(taken).toBeLessThan(100);
    await expect.poll(() => origin.sockets.size, SOON).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    sink?.reset({ kind: "client-gone" });
    await expect.poll(() => code, SOON).toBe(8);
    expect((await tried.ended)?.kind).toBe("stream-reset");
  });

  it("does not stop an early answer; the connection ends with it", async () => {
    origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno");
    });
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin), POST);
    (await tried.ready)?.write(Buffer.from("half of it"));
    expect(await tried.answered).toMatchObject({ status: 401 });
    expect(await tried.ended).toBeUndefined();
    expect(tried.record.wait).toBeUndefined();
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });
});
