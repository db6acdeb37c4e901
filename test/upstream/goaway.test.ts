import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawH2Origin, type RawStream } from "./raw-h2.js";
import type { RawOrigin } from "./raw-origin.js";

describe("GOAWAY and refused streams", () => {
  let authority: TestAuthority;
  let origin: RawOrigin;
  let upstream: Upstream;
  const streams: RawStream[] = [];
  beforeAll(() => {
    authority = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
  });
  afterEach(async () => {
    streams.length = 0;
    await upstream.close(0);
    origin.close();
  });
  const start = async (
    play: (stream: RawStream) => void = () => {},
    late = false,
  ) => {
    origin = await rawH2Origin(
      authority,
      (stream) => {
        streams.push(stream);
        play(stream);
      },
      { late },
    );
    upstream = testUpstream(authority.ca);
    return targetOf(origin);
  };

  it("let what is open finish, and dial anew for the next", async () => {
    const target = await start();
    const first = tryOnce(upstream, target);
    await expect.poll(() => streams.length, SOON).toBe(1);
    streams[0]?.head();
    streams[0]?.data("hel");
    await first.answered;
    streams[0]?.goaway(1, 0);
    await waitFor("an attempt that dials", async () => {
      const seen = streams.length;
      const next = tryOnce(upstream, target);
      await waitFor("its request", () => streams.length > seen);
      next.attempt.abort();
      return origin.accepted() === 2;
    });
    streams[0]?.data("lo", true);
    expect(await first.ended).toBeUndefined();
    expect(first.text()).toBe("hello");
    await expect.poll(() => origin.sockets.size, SOON).toBe(1);
  });

  it("fail a stream above the last one that was taken as goaway", async () => {
    const target = await start((stream) => {
      if (stream.id === 3) stream.goaway(1, 0);
    });
    const first = tryOnce(upstream, target);
    await expect.poll(() => streams.length, SOON).toBe(1);
    const second = tryOnce(upstream, target);
    expect(await second.ended).toMatchObject({ kind: "goaway", phase: "wait" });
    expect(second.record.reused).toEqual(first.span);
    streams[0]?.head();
    streams[0]?.data("x", true);
    expect(await first.ended).toBeUndefined();
  });

  it("fail a refused stream as goaway, with its code", async () => {
    const target = await start((stream) => stream.rst(7));
    expect(await tryOnce(upstream, target).ended).toMatchObject({
      kind: "goaway",
      code: "REFUSED_STREAM",
    });
  });

  it.each([
    [2, "INTERNAL_ERROR"],
    [8, "CANCEL"],
    [0, "NO_ERROR"],
  ])(
    "another reset (%i) before the head is stream-reset",
    async (code, name) => {
      const target = await start((stream) => stream.rst(code));
      const tried = tryOnce(upstream, target);
      expect(await tried.ended).toMatchObject({
        kind: "stream-reset",
        phase: "wait",
        code: name,
      });
      expect(tried.record.wait?.failure?.kind).toBe("stream-reset");
    },
  );

  it("a GOAWAY with an error fails what was taken as reset", async () => {
    const target = await start((stream) => stream.goaway(1, 11));
    expect(await tryOnce(upstream, target).ended).toMatchObject({
      kind: "reset",
      code: "ENHANCE_YOUR_CALM",
    });
  });

  it("a connection that closes before the head is reset", async () => {
    const target = await start((stream) => stream.socket.end());
    expect(await tryOnce(upstream, target).ended).toMatchObject({
      kind: "reset",
      phase: "wait",
    });
  });

  it("a peer that speaks no HTTP/2 is malformed", async () => {
    const target = await start((stream) => {
      stream.socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    }, true);
    expect(await tryOnce(upstream, target).ended).toMatchObject({
      kind: "protocol",
    });
  });
});
