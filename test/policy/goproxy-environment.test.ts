import { describe, expect, it } from "vitest";

import {
  goproxyEnvironment,
  withGoproxyEnvironment,
} from "../../src/policy/goproxy-environment.js";
import type { EffectiveSettings } from "../../src/policy/rules.js";

describe("goproxyEnvironment", () => {
  it.each<[string, number]>([
    ["30s", 30_000],
    ["1m30s", 90_000],
    ["30", 30_000],
    ["2.5", 2500],
    [" 10s ", 10_000],
    ["0", 0],
    ["0s", 0],
    ["10us", 1],
    ["24h", 86_400_000],
  ])("GOPROXY_TIMEOUT=%s", (text, ms) => {
    const { notices, timeouts } = goproxyEnvironment({ GOPROXY_TIMEOUT: text });
    expect(timeouts).toEqual({
      firstByteMs: ms,
      bodyIdleMs: ms,
      patienceMs: ms,
    });
    expect(notices).toEqual([]);
  });

  it.each<[string, number]>([
    ["0", 1],
    ["3", 4],
    ["19", 20],
  ])("GOPROXY_RETRY=%s", (text, attempts) => {
    const { notices, retry } = goproxyEnvironment({ GOPROXY_RETRY: text });
    expect(retry).toEqual({ attempts, backoffMs: 1000, maxBackoffMs: 1000 });
    expect(notices).toEqual([]);
  });

  it.each([
    ["GOPROXY_TIMEOUT", "soon"],
    ["GOPROXY_TIMEOUT", "-5s"],
    ["GOPROXY_TIMEOUT", "25h"],
    ["GOPROXY_TIMEOUT", "1d"],
    ["GOPROXY_RETRY", "-1"],
    ["GOPROXY_RETRY", "1.5"],
    ["GOPROXY_RETRY", "20"],
    ["GOPROXY_RETRY", "1000000"],
    ["GOPROXY_RETRY", "many"],
  ])("%s=%s does not count, and says so", (name, value) => {
    const found = goproxyEnvironment({ [name]: value });
    expect(found).toMatchObject({ timeouts: {}, retry: {}, setBy: {} });
    expect(found.notices).toHaveLength(1);
    expect(found.notices[0]).toContain(`${name}=${value} does not count`);
  });

  it("says what it did not understand in one safe line", () => {
    const text = `\u001b[2J${"x".repeat(500)}`;
    const [line = ""] = goproxyEnvironment({ GOPROXY_TIMEOUT: text }).notices;
    expect(line).not.toContain("\u001b");
    expect(line.length).toBeLessThan(160);
  });

  it.each([{}, { GOPROXY_TIMEOUT: "", GOPROXY_RETRY: " " }])(
    "changes nothing with %o",
    (env) => {
      expect(goproxyEnvironment(env)).toEqual({
        timeouts: {},
        retry: {},
        setBy: {},
        notices: [],
      });
    },
  );
});

describe("withGoproxyEnvironment", () => {
  const effective: EffectiveSettings = {
    timeouts: {
      dnsMs: 1,
      connectMs: 2,
      proxyMs: 3,
      tlsMs: 4,
      firstByteMs: 5,
      bodyIdleMs: 6,
      totalMs: 7,
      patienceMs: 8,
    },
    retry: { attempts: 2, backoffMs: 10, maxBackoffMs: 20, budget: 0.2 },
    setBy: { "timeouts.dns": "rule" },
  };
  const env = { GOPROXY_TIMEOUT: "30s", GOPROXY_RETRY: "3" };

  it.each(["list", "info", "mod", "zip", "latest", "toolchain"] as const)(
    "counts for %s, over the configuration",
    (kind) => {
      const { retry, setBy, timeouts } = withGoproxyEnvironment(
        effective,
        kind,
        env,
      );
      expect(timeouts).toEqual({
        ...effective.timeouts,
        firstByteMs: 30_000,
        bodyIdleMs: 30_000,
        patienceMs: 30_000,
      });
      expect(retry).toEqual({
        attempts: 4,
        backoffMs: 1000,
        maxBackoffMs: 1000,
        budget: 0.2,
      });
      expect(setBy).toEqual({
        "timeouts.dns": "rule",
        "timeouts.first_byte": "GOPROXY_TIMEOUT",
        "timeouts.body_idle": "GOPROXY_TIMEOUT",
        "timeouts.patience": "GOPROXY_TIMEOUT",
        "retry.attempts": "GOPROXY_RETRY",
        "retry.backoff": "GOPROXY_RETRY",
        "retry.max_backoff": "GOPROXY_RETRY",
      });
    },
  );

  it.each(["git-upload-pack", "go-get", "other"] as const)(
    "is nothing to %s",
    (kind) => {
      expect(withGoproxyEnvironment(effective, kind, env)).toEqual(effective);
    },
  );

  it("changes nothing where the environment is not known", () => {
    expect(withGoproxyEnvironment(effective, "zip", undefined)).toEqual(
      effective,
    );
  });
});
