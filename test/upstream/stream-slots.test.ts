import type { ServerHttp2Stream } from "node:http2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawH2Origin, type RawStream } from "./raw-h2.js";
import { h2Origin, type RawOrigin } from "./raw-origin.js";

describe("MAX_CONCURRENT_STREAMS (FACTS L25)", () => {
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
    await upstream.close(0);
    origin?.close();
  });

  it("makes attempts wait in the phase queue, in their order", async () => {
    const open: ServerHttp2Stream[] = [];
    let most = 0;
    const served: string[] = [];
    origin = await h2Origin(
      authority,
      (stream) => {
        open.push(stream);
        most = Math.max(most, open.length);
        setTimeout(() => {
          open.shift();
          served.push(stream.sentHeaders === undefined ? "?" : "done");
          stream.respond({ ":status": 200 });
          stream.end("x");
        }, 10);
      },
      { maxConcurrentStreams: 1 },
    );
    upstream = testUpstream(authority.ca, { tuning: { growMs: 60_000 } });
    const target = targetOf(origin);
    const all = Array.from({ length: 5 }, () => tryOnce(upstream, target));
    await Promise.all(all.map((one) => one.ended));
    expect(most).toBe(1);
    expect(origin.accepted()).toBe(1);
    expect(served).toHaveLength(5);
    const ends = all.slice(1).map((one) => one.record.queue?.endedAtMs ?? 0);
    expect(ends).toEqual(ends.toSorted((a, b) => a - b));
    for (const one of all.slice(1)) {
      expect(one.record.queue?.dial).toEqual(all[0]?.span);
      // The wait for the slot is no wait for the answer.
      expect(one.record.wait?.startedAtMs).toBeGreaterThanOrEqual(
        one.record.queue?.endedAtMs ?? Infinity,
      );
    }
  });

  it("makes one more connection for who waits too long", async () => {
    const streams: RawStream[] = [];
    origin = await rawH2Origin(authority, (stream) => streams.push(stream), {
      streams: 1,
    });
    upstream = testUpstream(authority.ca, { tuning: { growMs: 30 } });
    const target = targetOf(origin);
    const first = tryOnce(upstream, target);
    const second = tryOnce(upstream, target);
    await expect.poll(() => streams.length, SOON).toBe(2);
    expect(origin.accepted()).toBe(2);
    for (const one of streams) {
      one.head();
      one.data("x", true);
    }
    expect(await first.ended).toBeUndefined();
    expect(await second.ended).toBeUndefined();
    expect(second.record.queue).toBeDefined();
    expect(second.record.dial?.tls).toBeDefined();
    expect(second.record.reused).toBeUndefined();
  });

  it("is waited for: until the peer's SETTINGS come there is one slot", async () => {
    const streams: RawStream[] = [];
    origin = await rawH2Origin(authority, (stream) => streams.push(stream), {
      late: true,
    });
    upstream = testUpstream(authority.ca, { tuning: { growMs: 60_000 } });
    const target = targetOf(origin);
    const all = [tryOnce(upstream, target), tryOnce(upstream, target)];
    await expect.poll(() => streams.length, SOON).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(streams).toHaveLength(1);
    streams[0]?.settings();
    await expect.poll(() => streams.length, SOON).toBe(2);
    for (const one of streams) {
      one.head();
      one.data("x", true);
    }
    for (const one of all) expect(await one.ended).toBeUndefined();
  });

  it("lets an attempt leave the queue", async () => {
    const streams: RawStream[] = [];
    origin = await rawH2Origin(authority, (stream) => streams.push(stream), {
      streams: 1,
    });
    upstream = testUpstream(authority.ca, { tuning: { growMs: 60_000 } });
    const target = targetOf(origin);
    const [first, second, third] = [1, 2, 3].map(() =>
      tryOnce(upstream, target),
    );
    await expect.poll(() => streams.length, SOON).toBe(1);
    second?.attempt.abort();
    streams[0]?.head();
    streams[0]?.data("x", true);
    await first?.ended;
    await expect.poll(() => streams.length, SOON).toBe(2);
    streams[1]?.head();
    streams[1]?.data("x", true);
    expect(await third?.ended).toBeUndefined();
    expect(second?.late).toEqual([]);
    expect(second?.record.queue?.endedAtMs).toBeDefined();
  });
});
