import { beforeEach, describe, expect, it } from "vitest";

import type { AttemptVerdict } from "../../src/model/breaker.js";
import { DIRECT } from "../../src/model/way.js";
import { BoardScene, failure, SOCKS, station } from "./board-scene.js";

let scene: BoardScene;
beforeEach(() => {
  scene = new BoardScene();
});

describe("an origin's breaker", () => {
  it("refuses by its name once it is open, and the next group, origin or way goes on", () => {
    scene.fail(2);
    expect(scene.enter()).toEqual({
      ok: false,
      name: "goproxy.cn:443 modules",
      retryAfterMs: 15_000,
    });
    expect(scene.enter(station(), { kind: "sumdb-tile" }).ok).toBe(true);
    expect(scene.enter(station("goproxy.io")).ok).toBe(true);
    expect(scene.enter(station("goproxy.cn", SOCKS)).ok).toBe(true);
  });

  it("tells its change with the rule and the cause", () => {
    scene.passOf().ended(failure("reset"));
    scene.passOf().ended({
      type: "failed",
      failure: {
        kind: "first-byte-timeout",
        limitMs: 30_000,
        cause: "silence",
      },
    });
    expect(scene.changes).toEqual([
      {
        atMs: scene.clock.nowMs(),
        subject: "breaker",
        name: "goproxy.cn:443 modules",
        from: "closed",
        to: "open",
        rule: "breaker.failures",
        cause:
          "2 failed requests in a row, the last: first-byte-timeout after 30 s (silence)",
      },
    ]);
  });

  it("counts the streams of one lost connection as one misfortune", () => {
    const lost = (connectionId: number): AttemptVerdict => ({
      type: "failed",
      failure: { kind: "reset" },
      connectionId,
    });
    for (let i = 0; i < 8; i++) scene.passOf().ended(lost(7));
    expect(scene.changes).toEqual([]);
    scene.passOf().ended(lost(8));
    expect(scene.changes).toMatchObject([{ to: "open" }]);
  });

  it("counts 429 and 5xx, and waits as long as Retry-After says", () => {
    scene.passOf().ended({ type: "refused", status: 503 });
    scene
      .passOf()
      .ended({ type: "refused", status: 429, retryAfterMs: 60_000 });
    expect(scene.enter()).toMatchObject({ ok: false, retryAfterMs: 60_000 });
    expect(scene.changes[0]?.cause).toContain("it answered 429");
  });

  it("counts a verdict once, and one exchange once", () => {
    const pass = scene.passOf(station(), { exchangeId: "one" });
    pass.ended(failure("reset"));
    pass.ended(failure("reset"));
    scene.passOf(station(), { exchangeId: "one" }).ended(failure("reset"));
    expect(scene.board.snapshot()[0]).toMatchObject({
      state: "closed",
      failures_in_row: 1,
      attempts: 2,
      failed: 2,
    });
  });

  it("lets one of a crowd probe, whatever the others do", () => {
    scene.fail(2);
    scene.clock.advance(15_000);
    const crowd = Array.from({ length: 50 }, () => scene.enter());
    const passes = crowd.flatMap((entry) => (entry.ok ? [entry.pass] : []));
    expect(passes).toHaveLength(1);
    passes[0]?.ended({ type: "succeeded" });
    expect(scene.enter().ok).toBe(true);
    expect(scene.changes.map(({ to, rule }) => `${to} ${rule}`)).toEqual([
      "open breaker.failures",
      "half-open breaker.open_for",
      "closed breaker.half_open",
    ]);
  });

  it("lets the next probe through when a long body has begun", () => {
    scene.fail(2);
    scene.clock.advance(15_000);
    const long = scene.passOf();
    expect(scene.enter().ok).toBe(false);
    long.answered();
    long.answered();
    const next = scene.passOf();
    expect(scene.enter().ok).toBe(false);
    next.ended({ type: "neither" });
    long.ended({ type: "succeeded" });
    expect(scene.states()).toEqual({ "goproxy.cn:443 modules": "closed" });
  });

  it("does not hear what is nobody's fault", () => {
    scene.fail(9, "client-gone");
    scene.fail(9, "mirror-differs");
    expect(scene.board.snapshot()[0]).toMatchObject({
      state: "closed",
      attempts: 0,
    });
  });

  it("takes reloaded settings", () => {
    scene.settings = { ...scene.settings, failures: 4 };
    scene.fail(3);
    expect(scene.states()).toEqual({ "goproxy.cn:443 modules": "closed" });
    scene.settings = { ...scene.settings, failures: 2 };
    scene.fail(1);
    expect(scene.states()).toEqual({ "goproxy.cn:443 modules": "open" });
  });
});

describe("what has no breaker", () => {
  it("is kind `other` and what this machine has", () => {
    for (let i = 0; i < 9; i++) {
      scene.passOf(station(), { kind: "other" }).ended(failure("reset"));
      scene
        .passOf(station("gomodcache", DIRECT, "offline"))
        .ended(failure("reset"));
    }
    expect(scene.board.snapshot()).toEqual([]);
  });
});

describe("a way's breaker", () => {
  const proxied = (host = "goproxy.cn") => station(host, SOCKS);

  it("opens when the proxy fails, for every origin over it", () => {
    scene.fail(2, "connect-refused", proxied());
    expect(scene.enter(proxied("goproxy.io"))).toMatchObject({
      ok: false,
      name: "way socks",
    });
    expect(scene.enter(station()).ok).toBe(true);
    expect(scene.states()).toEqual({
      "goproxy.cn:443 modules": "closed",
      "goproxy.cn:443 modules via socks": "closed",
      "goproxy.io:443 modules via socks": "closed",
      "way socks": "open",
    });
  });

  it("stays closed while handshakes succeed, whatever happens behind them", () => {
    for (let i = 0; i < 3; i++) {
      scene.passOf(proxied()).ended(failure("proxy-timeout"));
      const other = scene.passOf(proxied("goproxy.io"));
      other.reached();
      other.ended(failure("first-byte-timeout"));
      if (i === 1) break;
    }
    expect(scene.states()).toEqual({
      "goproxy.cn:443 modules via socks": "open",
      "goproxy.io:443 modules via socks": "open",
      "way socks": "closed",
    });
  });

  it("takes a proxy's refusal of one origin for a proxy that works", () => {
    scene.passOf(proxied()).ended(failure("proxy-auth"));
    scene.passOf(proxied()).ended(failure("proxy-refused"));
    scene.passOf(proxied()).ended(failure("proxy-auth"));
    expect(scene.states()["way socks"]).toBe("closed");
  });

  it("gets its probe's place back where the origin is the one that refuses", () => {
    scene.fail(2, "first-byte-timeout", proxied());
    scene.clock.advance(10_000);
    scene.fail(2, "connect-refused", proxied("goproxy.io"));
    scene.clock.advance(14_000);
    expect(scene.enter(proxied())).toMatchObject({
      ok: false,
      name: "way socks",
    });
    scene.clock.advance(1000);
    const probe = scene.passOf(proxied("goproxy.io"));
    expect(scene.enter(proxied())).toMatchObject({
      ok: false,
      name: "way socks",
    });
    probe.reached();
    expect(scene.states()["way socks"]).toBe("closed");
    expect(scene.enter(proxied()).ok).toBe(true);
  });

  it("is not entered for an origin that refuses", () => {
    scene.fail(2, "connect-refused", proxied());
    scene.clock.advance(5000);
    // The way is closed by hand, the origin behind it opened.
    scene.board.open("goproxy.cn:443 modules via socks");
    scene.clock.advance(10_000);
    expect(scene.enter(proxied())).toMatchObject({
      ok: false,
      name: "goproxy.cn:443 modules via socks",
    });
    expect(scene.states()["way socks"]).toBe("open");
  });
});
