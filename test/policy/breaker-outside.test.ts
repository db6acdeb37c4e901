import { describe, expect, it } from "vitest";

import { Played } from "./played-breaker.js";

describe("by hand", () => {
  it("is open for everybody, whatever happens, until it is closed by hand", () => {
    const breaker = new Played();
    const ticket = breaker.enter();
    breaker.on({ type: "held" });
    breaker.end(ticket, "succeeded");
    breaker.health("healthy");
    breaker.on({ type: "network-changed", cause: "eth0" });
    breaker.at(9_000_000);
    expect([breaker.wait(), breaker.wait(true)]).toEqual([300_000, 300_000]);
    breaker.on({ type: "released" });
    expect(breaker.wait()).toBe(0);
    expect(breaker.names).toEqual(["open by by hand", "closed by by hand"]);
  });

  it("holds one that is open already, without a change to tell", () => {
    const breaker = new Played().attempts(5, "failed");
    breaker.on({ type: "held" });
    expect(breaker.changes).toHaveLength(1);
    breaker.health("healthy");
    expect(breaker.state).toMatchObject({ name: "open", forced: true });
  });

  it("takes a half-open one from its probe", () => {
    const breaker = new Played().attempts(5, "failed").at(16_000);
    const probe = breaker.enter();
    breaker.on({ type: "released" });
    breaker.end(probe, "failed");
    expect(breaker.state).toMatchObject({ name: "closed", row: [] });
  });
});

describe("health checks", () => {
  it("open, and a passed one closes as if nothing had been", () => {
    const breaker = new Played();
    breaker.health("unknown");
    breaker.health("unhealthy");
    expect(breaker.wait(true)).toBe(15_000);
    breaker.at(200_000);
    expect(breaker.wait()).toBe(101_000); // the check probes for those that can go elsewhere
    breaker.health("healthy");
    expect(breaker.names).toEqual([
      "open by health.failures",
      "closed by health.passed",
    ]);
    expect(breaker.attempts(5, "failed").wait()).toBe(15_000);
    expect(breaker.state).toMatchObject({ doubtsChecks: false });
  });

  it("are not waited for where they fell silent", () => {
    const breaker = new Played();
    breaker.health("unhealthy");
    expect(breaker.at(301_000).wait()).toBe(0);
    const asked = new Played().attempts(5, "failed");
    asked.at(10_000).health("unhealthy");
    expect(asked.at(16_000).wait()).toBe(294_000);
    asked.health("unknown");
    expect(asked.wait()).toBe(0);
  });

  it("close what attempts opened, but not once attempts have failed again behind a pass", () => {
    const breaker = new Played().attempts(5, "failed");
    breaker.at(5000).health("healthy");
    expect(breaker.state.name).toBe("closed");
    breaker.attempts(5, "failed");
    expect(breaker.wait()).toBe(30_000);
    breaker.at(10_000).health("healthy");
    expect(breaker.state.name).toBe("open");
    breaker.at(35_000);
    breaker.end(breaker.enter(), "succeeded");
    breaker.attempts(5, "failed");
    breaker.health("healthy");
    expect(breaker.state.name).toBe("closed");
  });

  it("do not close before Retry-After is over", () => {
    const breaker = new Played().attempts(4, "failed");
    breaker.end(breaker.enter(), "failed", { retryAfterMs: 60_000 });
    breaker.at(30_000).health("healthy");
    expect(breaker.state.name).toBe("open");
    breaker.at(61_000).health("healthy");
    expect(breaker.state.name).toBe("closed");
  });

  it("leave the verdict to a probe under way, where they fail", () => {
    const breaker = new Played().attempts(5, "failed").at(16_000);
    const probe = breaker.enter();
    breaker.health("unhealthy");
    breaker.end(probe, "succeeded");
    expect(breaker.state.name).toBe("closed");
  });
});
