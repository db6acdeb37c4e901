import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawH2Origin, type RawStream } from "./raw-h2.js";
import type { RawOrigin } from "./raw-origin.js";

describe("the health of an HTTP/2 connection", () => {
  let authority: TestAuthority;
  let origin: RawOrigin;
  let upstream: Upstream;
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
  const start = async (answerPings: boolean) => {
    const streams: RawStream[] = [];
    origin = await rawH2Origin(authority, (one) => streams.push(one), {
      answerPings,
    });
    upstream = testUpstream(authority.ca, { tuning: { pingMs: 50 } });
    const tried = tryOnce(upstream, targetOf(origin));
    await expect.poll(() => streams.length, SOON).toBe(1);
    return { tried, streams };
  };

  it("is asked for by PING, and no answer is its end", async () => {
    const { tried } = await start(false);
    expect(await tried.ended).toMatchObject({
      kind: "reset",
      code: "PING_TIMEOUT",
    });
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });

  it("a body under way is cut by it", async () => {
    const { tried, streams } = await start(false);
    streams[0]?.head();
    streams[0]?.data("x");
    expect(await tried.ended).toMatchObject({
      kind: "truncated",
      code: "PING_TIMEOUT",
    });
  });

  it("lives on while PINGs are answered, however slow the answer is", async () => {
    const { tried, streams } = await start(true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    streams[0]?.head();
    streams[0]?.data("x", true);
    expect(await tried.ended).toBeUndefined();
  });
});
