import { describe, expect, it } from "vitest";

import { DEFAULT, Played } from "./played-breaker.js";

describe("a closed breaker", () => {
  it("opens at so many failed exchanges in a row", () => {
    const breaker = new Played().attempts(4, "failed");
    expect(breaker.state.name).toBe("closed");
    breaker.attempts(1, "failed");
    expect(breaker.changes).toEqual([
      {
        from: "closed",
        to: "open",
        rule: "breaker.failures",
        cause: "5 failed requests in a row, the last: reset",
      },
    ]);
    expect(breaker.wait()).toBe(15_000);
  });

  it("counts the retries of one exchange once", () => {
    const breaker = new Played();
    for (let i = 0; i < 19; i++)
      breaker.end(breaker.enter(), "failed", { countsAs: "one" });
    expect(breaker.state).toMatchObject({ name: "closed", row: ["one"] });
  });

  it("begins to count anew after a success; a cancelled attempt changes nothing", () => {
    const breaker = new Played()
      .attempts(4, "failed")
      .attempts(3, "neither")
      .attempts(1, "succeeded")
      .attempts(4, "failed")
      .attempts(3, "neither");
    expect(breaker.state.name).toBe("closed");
    expect(breaker.attempts(1, "failed").state.name).toBe("open");
  });

  it("takes no row for more than it is where attempts fail now and then all the time", () => {
    // One in five of 500: five in a row come about by chance.
    const breaker = new Played();
    for (let i = 0; i < 100; i++)
      breaker.attempts(4, "succeeded").attempts(1, "failed");
    breaker.attempts(1, "succeeded").attempts(7, "failed");
    expect(breaker.state.name).toBe("closed");
    breaker.attempts(2, "failed");
    expect(breaker.changes).toMatchObject([
      { to: "open", rule: "breaker.failures" },
    ]);
  });

  it("opens at five in a row of a source that was well", () => {
    const breaker = new Played().attempts(500, "succeeded");
    expect(breaker.attempts(5, "failed").state.name).toBe("open");
  });

  it("opens at the rate of at least 20 attempts in the window", () => {
    const breaker = new Played();
    for (let i = 0; i < 9; i++)
      breaker.attempts(1, "failed").attempts(1, "succeeded");
    breaker.attempts(1, "failed");
    expect(breaker.state.name).toBe("closed"); // 10 of 19
    breaker.attempts(1, "failed");
    expect(breaker.changes).toMatchObject([
      {
        to: "open",
        rule: "breaker.failure_rate",
        cause: "11 of 20 attempts in 30 s failed, the last: reset",
      },
    ]);
  });

  it("forgets attempts that are older than the window", () => {
    const breaker = new Played();
    for (let i = 0; i < 9; i++)
      breaker.attempts(1, "failed").attempts(1, "succeeded");
    breaker.at(32_000).attempts(2, "failed");
    expect(breaker.state.name).toBe("closed");
  });

  it("keeps no more than ten numbers of a busy window", () => {
    const breaker = new Played();
    for (let ms = 0; ms < 120_000; ms += 10)
      breaker.at(ms).attempts(1, "succeeded");
    expect(breaker.state.window.length).toBeLessThanOrEqual(11);
  });
});

describe("an open breaker", () => {
  const open = (settings = DEFAULT) =>
    new Played({ ...settings }).attempts(5, "failed");

  it("lets one probe through after open_for, and closes when it succeeds", () => {
    const breaker = open();
    breaker.at(15_999);
    expect(breaker.wait()).toBe(1);
    breaker.at(16_000);
    expect(breaker.wait()).toBe(0);
    const probe = breaker.enter();
    expect(breaker.wait()).toBe(1000);
    breaker.end(probe, "succeeded");
    expect(breaker.wait()).toBe(0);
    expect(breaker.names).toEqual([
      "open by breaker.failures",
      "half-open by breaker.open_for",
      "closed by breaker.half_open",
    ]);
    expect(breaker.state).toMatchObject({ row: [], window: [], openings: 0 });
  });

  it("lets half_open probes through at a time", () => {
    const breaker = open({ ...DEFAULT, halfOpen: 2 }).at(16_000);
    const first = breaker.enter();
    expect(breaker.wait()).toBe(0);
    breaker.enter();
    expect(breaker.wait()).toBe(1000);
    breaker.end(first, "neither");
    expect(breaker.wait()).toBe(0);
  });

  it("gives the place of an abandoned probe back", () => {
    const breaker = open().at(16_000);
    breaker.end(breaker.enter(), "neither");
    expect(breaker.state).toMatchObject({ name: "half-open", probes: 0 });
    breaker.end(breaker.enter(), "succeeded");
    expect(breaker.state.name).toBe("closed");
  });

  it("gives the place of a probe that was answered to the next, and hears its end all the same", () => {
    const breaker = open().at(16_000);
    const ticket = breaker.enter();
    breaker.on({ type: "answered", ticket });
    expect(breaker.wait()).toBe(0);
    const next = breaker.enter();
    expect(breaker.wait()).toBe(1000);
    breaker.end({ ...ticket, isProbe: false }, "failed");
    expect(breaker.state.name).toBe("open");
    breaker.end(next, "succeeded");
    expect(breaker.state.name).toBe("open");
  });

  it("doubles with every failed probe up to 5 min, but never for a request that has nowhere else to go", () => {
    const breaker = open();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      waits.push(breaker.wait());
      expect(breaker.wait(true)).toBe(15_000);
      breaker.at(breaker.nowMs + breaker.wait());
      breaker.end(breaker.enter(), "failed");
    }
    expect(waits).toEqual([
      15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000,
    ]);
    breaker.at(breaker.nowMs + 300_000);
    breaker.end(breaker.enter(), "succeeded");
    expect(breaker.attempts(5, "failed").wait()).toBe(15_000);
  });

  it("does not fall below an open_for of more than 5 min", () => {
    const breaker = open({ ...DEFAULT, openForMs: 400_000 });
    expect(breaker.wait()).toBe(400_000);
    breaker.at(401_000);
    breaker.end(breaker.enter(), "failed");
    expect(breaker.wait()).toBe(400_000);
  });

  it("waits as long as Retry-After says, at most 5 min, whoever asks", () => {
    const breaker = new Played().attempts(4, "failed");
    breaker.end(breaker.enter(), "failed", { retryAfterMs: 40_000 });
    expect([breaker.wait(), breaker.wait(true)]).toEqual([40_000, 40_000]);
    breaker.at(41_000);
    breaker.end(breaker.enter(), "failed", { retryAfterMs: 9_000_000 });
    expect([breaker.wait(), breaker.wait(true)]).toEqual([300_000, 300_000]);
    const short = new Played().attempts(4, "failed");
    short.end(short.enter(), "failed", { retryAfterMs: 1000 });
    expect(short.wait()).toBe(15_000);
  });

  it("hears nothing of attempts that began before it opened", () => {
    const breaker = new Played();
    const [one, two, three] = [
      breaker.enter(),
      breaker.enter(),
      breaker.enter(),
    ];
    breaker.attempts(5, "failed");
    breaker.at(5000).end(one, "failed");
    breaker.end(two, "succeeded");
    expect(breaker.state.name).toBe("open");
    expect(breaker.wait()).toBe(11_000);
    breaker.at(16_000);
    const probe = breaker.enter();
    breaker.end(three, "succeeded");
    expect(breaker.state).toMatchObject({ name: "half-open", probes: 1 });
    breaker.end(probe, "succeeded");
    expect(breaker.state.name).toBe("closed");
  });

  it("hears nothing of a second probe after the first has decided", () => {
    const breaker = open({ ...DEFAULT, halfOpen: 2 }).at(16_000);
    const [one, two] = [breaker.enter(), breaker.enter()];
    breaker.end(one, "failed");
    breaker.end(two, "succeeded");
    expect(breaker.state.name).toBe("open");
  });

  it("closes with a change of network, and counts from nothing", () => {
    const breaker = open();
    const before = new Played().attempts(4, "failed");
    for (const one of [breaker, before]) {
      one.on({ type: "network-changed", cause: "eth0 is up" });
      expect(one.attempts(4, "failed").state.name).toBe("closed");
    }
    expect(breaker.names.at(-1)).toBe("closed by network");
    expect(before.changes).toEqual([]);
  });

  it("takes reloaded settings at the next event", () => {
    const breaker = open();
    breaker.settings.openForMs = 1000;
    expect(breaker.wait(true)).toBe(1000);
  });
});
