import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
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
import { rawH2Origin } from "./raw-h2.js";
import { rawAnswers, rawOrigin, type RawOrigin } from "./raw-origin.js";

describe("an aborted attempt", () => {
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
  const expectClosed = (tried: Tried): void => {
    expect(tried.late).toEqual([]);
    const { dial, queue, send, wait } = tried.record;
    const phases = [
      dial?.dns,
      ...(dial?.connects ?? []),
      dial?.proxy,
      dial?.tls,
      queue,
      send,
      wait,
    ];
    const open = phases.filter(
      (phase) => phase !== undefined && phase.endedAtMs === undefined,
    );
    expect(open).toEqual([]);
  };

  it("in its look-up tells nothing more", async () => {
    origin = await rawOrigin(() => {});
    let answer:
      ((found: { address: string; family: number }[]) => void) | undefined;
    upstream = testUpstream(undefined, {
      lookup: () => new Promise((resolve) => (answer = resolve)),
    });
    const tried = tryOnce(upstream, targetOf({ ...origin, host: "a.test" }));
    await waitFor("the look-up", () => tried.record.dial?.dns !== undefined);
    tried.attempt.abort();
    tried.attempt.abort();
    const told = tried.progress;
    answer?.([{ address: "127.0.0.1", family: 4 }]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(origin.accepted()).toBe(0);
    expect(tried.progress).toBe(told);
    expectClosed(tried);
  });

  it("in its TLS handshake closes the connection", async () => {
    origin = await rawOrigin((socket) => socket.resume());
    upstream = testUpstream(authority.ca);
    const tried = tryOnce(upstream, targetOf({ ...origin, scheme: "https" }));
    await waitFor("the handshake", () => tried.record.dial?.tls !== undefined);
    tried.attempt.abort();
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
    expect(origin.accepted()).toBe(1);
    expectClosed(tried);
  });

  it("that waits for its answer closes the connection of HTTP/1.1", async () => {
    origin = await rawAnswers(() => {});
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin));
    await tried.ready;
    await expect.poll(() => origin.sockets.size, SOON).toBe(1);
    tried.attempt.abort();
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
    expectClosed(tried);
  });

  it("that waits for its answer resets the stream of HTTP/2 alone", async () => {
    const ids: number[] = [];
    origin = await rawH2Origin(authority, (stream) => {
      ids.push(stream.id);
      if (stream.id === 1) return;
      stream.head();
      stream.data("x", true);
    });
    upstream = testUpstream(authority.ca);
    const first = tryOnce(upstream, targetOf(origin));
    await expect.poll(() => ids.length, SOON).toBe(1);
    first.attempt.abort();
    expect(await tryOnce(upstream, targetOf(origin)).ended).toBeUndefined();
    expect(origin.accepted()).toBe(1);
    expectClosed(first);
  });

  it("before it began dials nothing", async () => {
    origin = await rawOrigin(() => {});
    upstream = testUpstream(undefined);
    tryOnce(upstream, targetOf(origin)).attempt.abort();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(origin.accepted()).toBe(0);
  });

  it("in its body stops upstream", async () => {
    origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    });
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin));
    await expect.poll(() => tried.bytes(), SOON).toBe(1);
    tried.attempt.abort();
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
    expectClosed(tried);
  });
});
