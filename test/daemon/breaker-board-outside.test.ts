import { beforeEach, describe, expect, it } from "vitest";

import { BoardScene, failure, SOCKS, station } from "./board-scene.js";

let scene: BoardScene;
beforeEach(() => {
  scene = new BoardScene();
});

describe("by hand", () => {
  it("opens and closes by name, held against all", () => {
    scene.passOf();
    expect(scene.board.open("goproxy.cn modules")).toMatchObject({
      name: "goproxy.cn:443 modules",
      state: "open",
      forced: true,
      rule: "by hand",
    });
    scene.clock.advance(10_000_000);
    scene.board.networkChanged("eth0");
    expect(scene.enter(station(), { sole: true }).ok).toBe(false);
    expect(scene.board.snapshot()[0]?.retry_after_ms).toBeUndefined();
    expect(scene.board.close("goproxy.cn modules")).toMatchObject({
      state: "closed",
      forced: false,
    });
    expect(scene.enter().ok).toBe(true);
  });

  it("resets all", () => {
    scene.fail(2);
    scene.passOf(station("goproxy.io"));
    scene.board.open("goproxy.io");
    scene.board.reset();
    expect(new Set(Object.values(scene.states()))).toEqual(new Set(["closed"]));
  });

  it("says what there is for a name that is none", () => {
    expect(() => scene.board.open("goproxy.cn")).toThrow(
      expect.objectContaining({ code: "NO_BREAKER" }),
    );
    scene.passOf();
    scene.passOf(station(), { kind: "sumdb-tile" });
    expect(() => scene.board.close("goproxy.cm:443 modules")).toThrow(
      expect.objectContaining({
        code: "NO_BREAKER",
        hint: 'did you mean "goproxy.cn:443 modules"?',
      }),
    );
    expect(() => scene.board.open("goproxy.cn")).toThrow(
      expect.objectContaining({ code: "SEVERAL_BREAKERS" }),
    );
    expect(() => scene.board.open("way socks")).toThrow(
      expect.objectContaining({
        hint: 'there are: "goproxy.cn:443 modules", "goproxy.cn:443 sumdb"',
      }),
    );
  });
});

describe("health and network", () => {
  const subject = {
    way: SOCKS,
    origin: { scheme: "https", host: "goproxy.cn", port: 443 },
    group: "modules",
  } as const;

  it("opens what is unhealthy, and a pass closes it and its way", () => {
    scene.fail(2, "connect-refused", station("goproxy.io", SOCKS));
    scene.board.health(subject, "unhealthy", "tcp: timed out");
    expect(scene.board.opened()).toEqual([{ way: SOCKS }, subject]);
    expect(scene.board.snapshot()).toMatchObject([
      {
        name: "goproxy.cn:443 modules via socks",
        state: "open",
        rule: "health.failures",
        cause: "tcp: timed out",
        health: "unhealthy",
        retry_after_ms: 300_000,
      },
      { name: "goproxy.io:443 modules via socks" },
      { name: "way socks", state: "open" },
    ]);
    scene.board.health(subject, "healthy", "a check passed");
    expect(scene.board.opened()).toEqual([]);
    expect(scene.changes.slice(-2)).toMatchObject([
      { name: "goproxy.cn:443 modules via socks", rule: "health.passed" },
      { name: "way socks", rule: "health.passed" },
    ]);
    const [watched, , way] = scene.board.snapshot();
    expect([watched?.health, way?.health]).toEqual(["healthy", undefined]);
    scene.board.health(subject, undefined, "");
    expect(scene.board.snapshot()[0]?.health).toBeUndefined();
  });

  it("makes no breaker for an upstream of which nothing is known", () => {
    scene.board.health(subject, "unknown", "");
    scene.board.health(subject, undefined, "");
    expect(scene.board.snapshot()).toEqual([]);
  });

  it("closes all with a change of network", () => {
    scene.fail(2);
    scene.board.networkChanged("eth0 is up");
    expect(scene.enter().ok).toBe(true);
    expect(scene.changes.at(-1)).toMatchObject({
      to: "closed",
      rule: "network",
      cause: "eth0 is up",
    });
  });
});

describe("the board", () => {
  it("shows instants of the wall clock and time that passes", () => {
    scene.passOf();
    scene.clock.advance(1500);
    scene.fail(2);
    scene.clock.advance(5000);
    expect(scene.board.snapshot()).toEqual([
      {
        name: "goproxy.cn:443 modules",
        state: "open",
        since: "2026-01-01T00:00:01.500Z",
        forced: false,
        failures_in_row: 2,
        attempts: 2,
        failed: 2,
        retry_after_ms: 10_000,
        cause: "2 failed requests in a row, the last: reset",
        rule: "breaker.failures",
      },
    ]);
  });

  it("forgets what nobody uses, but not what is held by hand", () => {
    scene.passOf().ended({ type: "succeeded" });
    scene.fail(2, "reset", station("goproxy.io"));
    scene.passOf(station("held.example"));
    scene.board.open("held.example");
    scene.clock.advance(599_000);
    expect(scene.board.snapshot()).toHaveLength(3);
    scene.clock.advance(2000);
    expect(scene.board.snapshot().map(({ name }) => name)).toEqual([
      "held.example:443 modules",
    ]);
  });

  it("keeps at most a thousand, and a late verdict of a forgotten one harms nobody", () => {
    const late = [
      scene.passOf(station("h0.example")),
      scene.passOf(station("h0.example")),
    ];
    for (let i = 1; i < 3000; i++) {
      scene.clock.advance(1);
      scene.passOf(station(`h${i}.example`));
    }
    expect(scene.board.snapshot()).toHaveLength(1000);
    for (const pass of late) pass.ended(failure("reset"));
    expect(scene.changes).toEqual([]);
    expect(scene.enter(station("h0.example")).ok).toBe(true);
  });

  it("stops telling who does not listen any more", () => {
    const heard: unknown[] = [];
    const stop = scene.board.onChange((change) => heard.push(change));
    scene.fail(2);
    stop();
    scene.board.reset();
    expect(heard).toHaveLength(1);
    expect(scene.changes).toHaveLength(2);
  });
});
