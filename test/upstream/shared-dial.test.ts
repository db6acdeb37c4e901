import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";
import {
  SOON,
  targetOf,
  testUpstream,
  type Tried,
  tryOnce,
} from "./harness.js";
import { rawOrigin } from "./raw-origin.js";

describe("attempts to a place that nobody knows", () => {
  let authority: TestAuthority;
  let origin: Origin | undefined;
  let upstream: Upstream;
  beforeAll(() => {
    authority = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
  });
  afterEach(async () => {
    await upstream.close(0);
    await origin?.close();
  });
  const start = async (protocol: "h2" | "http/1.1") => {
    origin = await startOrigin({
      authority,
      protocols: [protocol],
      handler: () => ({ body: "hello" }),
    });
    upstream = testUpstream(authority.ca);
    return origin;
  };
  const many = (made: Origin, count: number): Tried[] =>
    Array.from({ length: count }, () => tryOnce(upstream, targetOf(made)));

  it("wait for one dial, and link to the attempt that made it", async () => {
    const made = await start("h2");
    const all = many(made, 20);
    expect(await Promise.all(all.map((one) => one.ended))).toEqual(
      Array.from({ length: 20 }, () => undefined),
    );
    expect(made.connections()).toBe(1);
    const [first, ...others] = all;
    expect(first?.record.queue).toBeUndefined();
    expect(first?.record.dial?.tls).toBeDefined();
    expect(first?.record.reused).toBeUndefined();
    for (const { record } of others) {
      expect(record.dial).toBeUndefined();
      expect(record.queue).toMatchObject({
        dial: first?.span,
        endedAtMs: expect.any(Number) as number,
      });
      expect(record.reused).toEqual(first?.span);
      expect(record.upstreamConnectionId).toBe(
        first?.record.upstreamConnectionId,
      );
    }
  });

  it("dial for themselves where it is HTTP/1.1, and the next ones at once", async () => {
    const made = await start("http/1.1");
    const all = many(made, 5);
    await Promise.all(all.map((one) => one.ended));
    expect(made.connections()).toBe(5);
    expect(all.filter((one) => one.record.queue !== undefined)).toHaveLength(4);
    expect(all.every((one) => one.record.dial?.tls !== undefined)).toBe(true);

    await Promise.all(many(made, 5).map((one) => one.ended));
    const more = many(made, 10);
    await Promise.all(more.map((one) => one.ended));
    expect(more.every((one) => one.record.queue === undefined)).toBe(true);
  });

  it("fail together with it, each with its own record", async () => {
    const silent = await rawOrigin((socket) => socket.resume());
    upstream = testUpstream(authority.ca);
    const target = targetOf({ ...silent, scheme: "https" }, undefined, {
      tlsMs: 60,
    });
    const all = Array.from({ length: 3 }, () => tryOnce(upstream, target));
    for (const one of all)
      expect(await one.ended).toMatchObject({
        kind: "tls-timeout",
        limitMs: 60,
      });
    expect(silent.accepted()).toBe(1);
    expect(all[0]?.record.dial?.tls?.failure?.kind).toBe("tls-timeout");
    expect(all[1]?.record.dial).toBeUndefined();
    expect(all[1]?.record.queue?.endedAtMs).toBeDefined();
    silent.close();
  });

  it("keep a dial alive whose own attempt is gone", async () => {
    const made = await start("h2");
    const [first, second] = many(made, 2);
    await waitFor("the dial", () => first?.record.dial !== undefined);
    first?.attempt.abort();
    expect(await second?.ended).toBeUndefined();
    expect(made.connections()).toBe(1);
    expect(second?.record.reused).toEqual(first?.span);
    expect(first?.late).toEqual([]);
    const phases = [
      first?.record.dial?.tls,
      ...(first?.record.dial?.connects ?? []),
    ].filter((phase) => phase !== undefined);
    expect(phases.every((phase) => phase.endedAtMs !== undefined)).toBe(true);
  });

  it("end a dial that nobody wants any more", async () => {
    const silent = await rawOrigin((socket) => socket.resume());
    upstream = testUpstream(authority.ca);
    const target = targetOf({ ...silent, scheme: "https" });
    const all = [tryOnce(upstream, target), tryOnce(upstream, target)];
    await expect.poll(() => silent.sockets.size, SOON).toBe(1);
    for (const one of all) one.attempt.abort();
    await expect.poll(() => silent.sockets.size, SOON).toBe(0);
    // A later attempt is not caught in it.
    const next = tryOnce(upstream, target);
    await expect.poll(() => silent.accepted(), SOON).toBe(2);
    next.attempt.abort();
    silent.close();
  });
});
