import {
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { afterEach, describe, expect, it } from "vitest";

import type { DialRecord } from "../../src/model/record.js";
import { interleaveFamilies } from "../../src/upstream/address.js";
import {
  connectRace,
  type RaceTerms,
} from "../../src/upstream/connect-race.js";
import { blackHole } from "./black-hole.js";
import { realClock } from "./harness.js";

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const one of cleanUps.splice(0)) one();
});

async function listen(
  host: string,
  port = 0,
  backlog?: number,
): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(
      { host, port, ...(backlog === undefined ? {} : { backlog }) },
      resolve,
    );
  });
  cleanUps.push(() => void server.close());
  return server;
}

const portOf = (server: Server): number =>
  (server.address() as AddressInfo).port;

async function dig(host: string, server: Server): Promise<void> {
  cleanUps.push(await blackHole(host, portOf(server)));
}

function race(
  addresses: string[],
  port: number,
  terms: Partial<RaceTerms> = {},
) {
  const entries: DialRecord["connects"] = [];
  let progress = 0;
  const result = connectRace(
    addresses.map((address) => ({
      address,
      family: address.includes(":") ? 6 : 4,
    })),
    port,
    {
      clock: realClock,
      limitMs: 5_000,
      staggerMs: 250,
      allowHalfOpen: false,
      signal: new AbortController().signal,
      entries,
      progressed: () => {
        progress += 1;
      },
      ...terms,
    },
  );
  void result.then((one) => {
    if (one.ok) cleanUps.push(() => void one.value.destroy());
  });
  return { entries, result, progress: () => progress };
}

const address = (socket: Socket | undefined): string | undefined =>
  socket?.remoteAddress;

describe("connectRace", () => {
  it("connects, and times the one address", async () => {
    const server = await listen("127.0.0.1");
    const { entries, result, progress } = race(["127.0.0.1"], portOf(server));
    const got = await result;
    expect(got.ok && address(got.value)).toBe("127.0.0.1");
    expect(entries).toHaveLength(1);
    expect(entries[0]?.endedAtMs).toBeGreaterThanOrEqual(
      entries[0]?.startedAtMs ?? Infinity,
    );
    expect(entries[0]?.failure).toBeUndefined();
    expect(progress()).toBe(2);
  });

  it("goes on at once where an address refuses", async () => {
    const server = await listen("127.0.0.2");
    const { entries, result } = race(
      ["127.0.0.3", "127.0.0.2"],
      portOf(server),
      { staggerMs: 60_000 },
    );
    const got = await result;
    expect(got.ok && address(got.value)).toBe("127.0.0.2");
    expect(entries.map((one) => one.failure?.kind)).toEqual([
      "connect-refused",
      undefined,
    ]);
    expect(entries[0]?.failure).toMatchObject({
      code: "ECONNREFUSED",
      phase: "connect",
    });
  });

  it("goes on after the stagger where an address is silent, and the silent one has no failure", async () => {
    const server = await listen("127.0.0.2");
    await dig("127.0.0.4", server);
    const { entries, result } = race(
      ["127.0.0.4", "127.0.0.2"],
      portOf(server),
      { staggerMs: 100 },
    );
    const got = await result;
    expect(got.ok && address(got.value)).toBe("127.0.0.2");
    expect(entries).toHaveLength(2);
    expect(
      (entries[1]?.startedAtMs ?? 0) - (entries[0]?.startedAtMs ?? 0),
    ).toBeGreaterThanOrEqual(99);
    expect(entries[0]?.failure).toBeUndefined();
    expect(entries[0]?.endedAtMs).toBeDefined();
  });

  it("gives no address up before another connects (FACTS L24)", async () => {
    const server = await listen("127.0.0.2");
    await dig("127.0.0.5", server);
    await dig("127.0.0.6", server);
    const silent = ["127.0.0.5", "127.0.0.6"];
    const { entries, result } = race(silent, portOf(server), {
      staggerMs: 10,
      limitMs: 100,
    });
    await result;
    // Both ran to the limit of the race.
    expect(entries.map((one) => one.failure?.kind)).toEqual([
      "connect-timeout",
      "connect-timeout",
    ]);
    expect(entries[0]?.endedAtMs).toBeCloseTo(entries[1]?.endedAtMs ?? 0, -1);
  });

  it("fails as its first address did when all fail", async () => {
    const server = await listen("127.0.0.2");
    const port = portOf(server);
    server.close();
    const { entries, result } = race(["127.0.0.2", "127.0.0.3"], port);
    expect(await result).toMatchObject({
      ok: false,
      failure: { kind: "connect-refused" },
    });
    expect(entries).toHaveLength(2);
  });

  it("ends at its limit, with every silent address marked", async () => {
    const server = await listen("127.0.0.2");
    await dig("127.0.0.7", server);
    const { entries, result } = race(["127.0.0.7"], portOf(server), {
      limitMs: 80,
    });
    expect(await result).toMatchObject({
      ok: false,
      failure: { kind: "connect-timeout", limitMs: 80, phase: "connect" },
    });
    expect(entries[0]?.failure?.kind).toBe("connect-timeout");
  });

  it("ends without a failure of its addresses when it is given up", async () => {
    const server = await listen("127.0.0.2");
    await dig("127.0.0.8", server);
    const abortion = new AbortController();
    const { entries, result } = race(["127.0.0.8"], portOf(server), {
      signal: abortion.signal,
    });
    abortion.abort();
    expect(await result).toMatchObject({
      ok: false,
      failure: { kind: "stopped" },
    });
    expect(entries[0]).toMatchObject({
      endedAtMs: expect.any(Number) as number,
    });
    expect(entries[0]?.failure).toBeUndefined();
  });

  it("alternates families, beginning with the resolver's first", () => {
    const mixed = interleaveFamilies([
      { address: "::1", family: 6 },
      { address: "::2", family: 6 },
      { address: "1.1.1.1", family: 4 },
      { address: "::3", family: 6 },
    ]);
    expect(mixed.map((one) => one.address)).toEqual([
      "::1",
      "1.1.1.1",
      "::2",
      "::3",
    ]);
  });
});
