import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";
import { SOON, targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawH2Origin, type RawStream } from "./raw-h2.js";
import { rawAnswers, rawOrigin, type RawOrigin } from "./raw-origin.js";

describe("close", () => {
  let authority: TestAuthority;
  let origin: RawOrigin;
  beforeAll(() => {
    authority = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
  });
  afterEach(() => {
    origin.close();
  });

  it("closes what is idle at once", async () => {
    origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    const upstream = testUpstream(undefined);
    await tryOnce(upstream, targetOf(origin)).ended;
    await upstream.close(60_000);
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });

  it("lets what is open finish, and takes nothing new", async () => {
    const streams: RawStream[] = [];
    origin = await rawH2Origin(authority, (stream) => streams.push(stream));
    const upstream = testUpstream(authority.ca);
    const open = tryOnce(upstream, targetOf(origin));
    await expect.poll(() => streams.length, SOON).toBe(1);
    const closed = upstream.close(60_000);
    expect(await tryOnce(upstream, targetOf(origin)).ended).toMatchObject({
      kind: "stopped",
    });
    streams[0]?.head();
    streams[0]?.data("x", true);
    expect(await open.ended).toBeUndefined();
    await closed;
    await expect.poll(() => origin.sockets.size, SOON).toBe(0);
  });

  it("ends everything when its grace is over", async () => {
    const streams: RawStream[] = [];
    origin = await rawH2Origin(authority, (stream) => streams.push(stream), {
      streams: 1,
    });
    const silent = await rawOrigin((socket) => socket.resume());
    const upstream = testUpstream(authority.ca);
    const open = tryOnce(upstream, targetOf(origin));
    const queued = tryOnce(upstream, targetOf(origin));
    const dialling = tryOnce(
      upstream,
      targetOf({ ...silent, scheme: "https" }),
    );
    await waitFor(
      "the request",
      () => streams.length === 1 && silent.sockets.size === 1,
    );
    await upstream.close(30);
    expect((await open.ended)?.kind).toMatch(/reset|stopped/);
    expect((await queued.ended)?.kind).toBe("stopped");
    expect((await dialling.ended)?.kind).toBe("stopped");
    await expect
      .poll(() => origin.sockets.size + silent.sockets.size, SOON)
      .toBe(0);
    silent.close();
  });
});
