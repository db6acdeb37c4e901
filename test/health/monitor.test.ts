import { beforeEach, describe, expect, it } from "vitest";

import type { HealthTarget } from "../../src/health/health-target.js";
import {
  type HealthMonitor,
  startHealthMonitor,
} from "../../src/health/monitor.js";
import type { HealthSettings } from "../../src/model/settings.js";
import { FakeClock } from "../support/fake-clock.js";
import { healthTarget } from "./harness.js";
import { ScriptedUpstream } from "./scripted-upstream.js";

const SPAN = { traceId: "0".repeat(32), spanId: "0".repeat(16) };

/** Lets everything happen that waits for no timer. */
const settled = (): Promise<void> =>
  new Promise((resolve) => setImmediate(resolve));

let clock: FakeClock;
let upstream: ScriptedUpstream;
let settings: HealthSettings;
let targets: HealthTarget[];
let active: boolean;
let told: string[];
let results: string[];
let monitor: HealthMonitor;

const target = (host: string): HealthTarget => ({
  ...healthTarget({ scheme: "https", port: 443, host }),
  name: host,
  probe: () => undefined,
});

beforeEach(() => {
  clock = new FakeClock(0);
  upstream = new ScriptedUpstream(() => clock.nowMs());
  settings = { intervalMs: 10_000, timeoutMs: 3_000, failures: 2 };
  targets = [target("a"), target("b")];
  active = true;
  told = [];
  results = [];
  monitor = startHealthMonitor({
    clock,
    upstream,
    settings: () => settings,
    limits: () => ({ dnsMs: 0, connectMs: 0, proxyMs: 0, tlsMs: 0 }),
    span: () => SPAN,
    targets: () => targets,
    active: () => active,
    result: (one, { passed, failedAt }) => {
      results.push(`${one.name} ${failedAt ?? (passed ? "passed" : "?")}`);
    },
    changed: (one, from, to, rule, cause) => {
      told.push(`${one.name} ${from} > ${to} by ${rule}: ${cause}`);
    },
  });
});

/** Moves on second by second, as results come between timers. */
async function pass(seconds: number): Promise<void> {
  await settled();
  for (let i = 0; i < seconds; i++) {
    clock.advance(1_000);
    await settled();
  }
}

describe("the monitor's schedule", () => {
  it("does nothing until it is woken, and then checks each target once an interval, spread", async () => {
    await pass(20);
    expect(upstream.asked).toEqual([]);
    monitor.wake();
    await pass(20);
    expect(upstream.asked).toEqual([
      "a at 20000",
      "b at 25000",
      "a at 30000",
      "b at 35000",
      "a at 40000",
    ]);
  });

  it("has one round, however often it is woken", async () => {
    monitor.wake();
    monitor.wake();
    await pass(4);
    monitor.wake();
    await pass(5);
    expect(upstream.asked).toEqual(["a at 0", "b at 5000"]);
    expect(clock.pending).toBe(1);
  });

  it("has no timer while nothing is active, and begins again when woken", async () => {
    monitor.wake();
    await pass(1);
    active = false;
    await pass(10);
    expect(clock.pending).toBe(0);
    monitor.wake();
    await pass(10);
    expect(upstream.asked).toEqual(["a at 0"]);
    expect(clock.pending).toBe(0);
    active = true;
    monitor.wake();
    await pass(0);
    expect(upstream.asked).toEqual(["a at 0", "a at 21000"]);
  });

  it("takes other targets and other settings with the next round", async () => {
    monitor.wake();
    await pass(1);
    targets = [target("c"), target("c")];
    settings = { ...settings, intervalMs: 4_000 };
    await pass(17);
    expect(upstream.asked).toEqual([
      "a at 0",
      "b at 5000",
      "c at 10000",
      "c at 14000",
      "c at 18000",
    ]);
  });

  it("goes on asking for targets where there are none", async () => {
    targets = [];
    monitor.wake();
    await pass(1);
    targets = [target("a")];
    await pass(10);
    expect(upstream.asked).toEqual(["a at 10000"]);
  });

  it("makes one check of a target at a time", async () => {
    settings = { intervalMs: 2_000, timeoutMs: 5_000, failures: 2 };
    targets = [target("a")];
    upstream.status.set("a", 0);
    monitor.wake();
    await pass(7);
    expect(upstream.asked).toEqual(["a at 0", "a at 6000"]);
    expect(upstream.open).toBe(1);
    expect(results).toEqual(["a tcp"]);
  });
});

describe("the monitor's verdicts", () => {
  beforeEach(() => {
    targets = [target("a")];
  });

  it("change after two failures in a row, and back after one that passes", async () => {
    monitor.wake();
    expect(monitor.state("a")).toBe("unknown");
    await pass(1);
    expect(monitor.state("a")).toBe("healthy");
    upstream.status.set("a", 503);
    await pass(10);
    expect(monitor.state("a")).toBe("healthy");
    await pass(10);
    expect(monitor.state("a")).toBe("unhealthy");
    upstream.status.clear();
    await pass(10);
    expect(results).toEqual(["a passed", "a request", "a request", "a passed"]);
    expect(told).toEqual([
      "a unknown > healthy by health.passed: a check passed in 0 ms",
      "a healthy > unhealthy by health.failures: request: answered 503",
      "a unhealthy > healthy by health.passed: a check passed in 0 ms",
    ]);
  });

  it("count what requests found", async () => {
    monitor.noted("a", false, "too early to be known");
    monitor.wake();
    await pass(0);
    monitor.noted("a", false, "connect-timeout");
    monitor.noted("z", false, "nobody watches it");
    monitor.noted("a", false, "connect-timeout again");
    expect(monitor.state("a")).toBe("unhealthy");
    monitor.noted("a", true, "a request was answered");
    expect(told.slice(1)).toEqual([
      "a healthy > unhealthy by health.failures: connect-timeout again",
      "a unhealthy > healthy by health.passed: a request was answered",
    ]);
  });

  it("are remembered for five minutes after the last look", async () => {
    upstream.status.set("a", 503);
    monitor.wake();
    await pass(11);
    active = false;
    targets = [];
    await pass(10);
    clock.advance(280_000);
    expect(monitor.state("a")).toBe("unhealthy");
    clock.advance(10_000);
    expect(monitor.state("a")).toBe("unknown");
    expect(told).toHaveLength(1);
  });

  it("are remembered for longer where the interval is long", async () => {
    settings = { ...settings, intervalMs: 600_000 };
    upstream.status.set("a", 503);
    monitor.wake();
    await settled();
    clock.advance(600_000);
    await settled();
    expect(monitor.state("a")).toBe("unhealthy");
  });

  it("are forgotten in another network, and a check begins at once", async () => {
    upstream.status.set("a", 503);
    monitor.wake();
    await pass(11);
    upstream.status.set("a", 0);
    await pass(10);
    expect(upstream.open).toBe(1);
    upstream.status.clear();
    told.length = 0;
    monitor.networkChanged("wlan0: absent → 10.0.0.7/24");
    expect(monitor.state("a")).toBe("unknown");
    expect(upstream.open).toBe(0);
    await pass(0);
    expect(told).toEqual([
      "a unhealthy > unknown by network: wlan0: absent → 10.0.0.7/24",
      "a unknown > healthy by health.passed: a check passed in 0 ms",
    ]);
    expect(clock.pending).toBe(1);
  });
});

describe("a closed monitor", () => {
  it("leaves no timer, no request and says nothing more", async () => {
    targets = [target("a")];
    upstream.status.set("a", 0);
    monitor.wake();
    await pass(1);
    expect(upstream.open).toBe(1);
    monitor.close();
    monitor.close();
    await settled();
    expect(upstream.open).toBe(0);
    expect(clock.pending).toBe(0);
    monitor.wake();
    monitor.networkChanged("x");
    monitor.noted("a", true, "x");
    await pass(30);
    expect(upstream.asked).toHaveLength(1);
    expect([...results, ...told]).toEqual([]);
  });
});
