import { describe, expect, it } from "vitest";

import { FakeClock } from "../support/fake-clock.js";
import { type Lookup, resolveName } from "../../src/upstream/resolve-name.js";
import { targetOf, testUpstream, tryOnce } from "./harness.js";
import { rawAnswers } from "./raw-origin.js";

const never: Lookup = () => new Promise(() => {});
const failing =
  (code: string): Lookup =>
  () =>
    Promise.reject(Object.assign(new Error("getaddrinfo"), { code }));

const terms = (lookup: Lookup, clock = new FakeClock()) => ({
  clock,
  lookup,
  limitMs: 5_000,
  signal: new AbortController().signal,
});

describe("resolveName", () => {
  it("gives every address in the resolver's order", async () => {
    const lookup: Lookup = () =>
      Promise.resolve([
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ]);
    expect(await resolveName(terms(lookup), "a.test")).toEqual({
      ok: true,
      value: [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ],
    });
  });

  it.each(["ENOTFOUND", "EAI_AGAIN"])("says %s", async (code) => {
    expect(await resolveName(terms(failing(code)), "a.test")).toMatchObject({
      ok: false,
      failure: { kind: "dns-failure", phase: "dns", code },
    });
  });

  it("takes no address for a failure", async () => {
    const empty: Lookup = () => Promise.resolve([]);
    expect(await resolveName(terms(empty), "a.test")).toMatchObject({
      ok: false,
      failure: { kind: "dns-failure", code: "ENODATA" },
    });
  });

  it("ends at its limit and leaves no timer", async () => {
    const clock = new FakeClock();
    const result = resolveName(terms(never, clock), "a.test");
    clock.advance(4_999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(await result).toMatchObject({
      ok: false,
      failure: { kind: "dns-timeout", phase: "dns", limitMs: 5_000 },
    });
    expect(clock.pending).toBe(0);
  });
});

describe("names in an attempt", () => {
  it("are looked up, and the phase holds the addresses", async () => {
    const origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    const upstream = testUpstream(undefined, {
      lookup: () => Promise.resolve([{ address: "127.0.0.1", family: 4 }]),
    });
    const tried = tryOnce(upstream, targetOf({ ...origin, host: "a.test" }));
    expect(await tried.ended).toBeUndefined();
    expect(tried.record.dial?.dns).toMatchObject({ addresses: ["127.0.0.1"] });
    expect(tried.record.dial?.dns?.endedAtMs).toBeDefined();
    origin.close();
    await upstream.close(0);
  });

  it("fail with their phase", async () => {
    const upstream = testUpstream(undefined, { lookup: failing("ENOTFOUND") });
    const target = targetOf({ scheme: "https", port: 443, host: "a.test" });
    const tried = tryOnce(upstream, target);
    const failure = await tried.ended;
    expect(failure).toMatchObject({
      kind: "dns-failure",
      cause: "there is no host a.test",
    });
    expect(tried.record.dial?.dns?.failure).toEqual(failure);
    expect(tried.record.dial?.connects).toEqual([]);
    await upstream.close(0);
  });

  it("are not looked up where [resolve] names them", async () => {
    const origin = await rawAnswers((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    const upstream = testUpstream(undefined, {
      lookup: never,
      resolve: { "a.test": "127.0.0.1" },
    });
    const tried = tryOnce(upstream, targetOf({ ...origin, host: "a.test" }));
    expect(await tried.ended).toBeUndefined();
    expect(tried.record.dial?.dns).toBeUndefined();
    origin.close();
    await upstream.close(0);
  });

  it.each([
    ["by a name that points there too", "a.test"],
    ["by its address", "127.0.0.9"],
  ])("reach no forbidden address, %s", async (_how, host) => {
    const upstream = testUpstream(undefined, {
      lookup: () =>
        Promise.resolve([
          { address: "127.0.0.1", family: 4 },
          { address: "127.0.0.9", family: 4 },
        ]),
      forbidden: (address) =>
        address === "127.0.0.9" ? "not there" : undefined,
    });
    const tried = tryOnce(
      upstream,
      targetOf({ scheme: "http", port: 1, host }),
    );
    expect(await tried.ended).toMatchObject({
      kind: "forbidden-address",
      cause: "not there",
    });
    expect(tried.record.dial?.connects).toEqual([]);
    await upstream.close(0);
  });
});
