import { describe, expect, it } from "vitest";

import type { Rule, Settings } from "../../src/model/settings.js";
import { matchesHostPattern } from "../../src/policy/host-pattern.js";
import { effectiveFor, type RuleSubject } from "../../src/policy/rules.js";

const SETTINGS: Pick<Settings, "timeouts" | "retry"> = {
  timeouts: {
    dnsMs: 5000,
    connectMs: 10_000,
    proxyMs: 30_000,
    tlsMs: 10_000,
    firstByteMs: 30_000,
    bodyIdleMs: 30_000,
    totalMs: 0,
    patienceMs: 120_000,
  },
  retry: { attempts: 3, backoffMs: 1000, maxBackoffMs: 10_000, budget: 0.2 },
};
const ZIP: RuleSubject = {
  kind: "zip",
  host: "goproxy.cn",
  modulePath: "git.corp.example/team/lib",
  sessionCommand: "go mod download",
};
const effective = (rules: Rule[], subject: RuleSubject = ZIP) =>
  effectiveFor(subject, { ...SETTINGS, rules });

describe("effectiveFor", () => {
  it("gives the defaults where no rule matches, and changes none of them", () => {
    const result = effective([{ name: "r", kind: ["mod"], intercept: false }]);
    expect(result).toEqual({ ...SETTINGS, setBy: {} });
    result.timeouts.dnsMs = 1;
    expect(SETTINGS.timeouts.dnsMs).toBe(5000);
  });

  it("lets the first rule that matches win, field by field", () => {
    const result = effective([
      { name: "no match", host: ["x.example"], timeouts: { dnsMs: 1 } },
      { name: "first", kind: ["zip"], timeouts: { firstByteMs: 0 } },
      {
        name: "second",
        timeouts: { firstByteMs: 7, bodyIdleMs: 8 },
        retry: { maxBackoffMs: 9 },
        intercept: false,
      },
      { name: "third", intercept: true, retry: { maxBackoffMs: 1 } },
    ]);
    expect(result).toEqual({
      timeouts: { ...SETTINGS.timeouts, firstByteMs: 0, bodyIdleMs: 8 },
      retry: { ...SETTINGS.retry, maxBackoffMs: 9 },
      intercept: false,
      setBy: {
        "timeouts.first_byte": "first",
        "timeouts.body_idle": "second",
        "retry.max_backoff": "second",
        intercept: "second",
      },
    });
  });

  it.each<[Omit<Rule, "name">, boolean]>([
    [{}, true],
    [{ kind: ["mod", "zip"] }, true],
    [{ kind: [] }, false],
    [{ host: ["*.cn"] }, true],
    [{ host: ["*.corp.example", "goproxy.cn"] }, true],
    [{ module: ["*.corp.example"] }, true],
    [{ module: ["github.com,*.corp.example/team"] }, true],
    [{ module: ["corp.example"] }, false],
    [{ session: ["go mod"] }, true],
    [{ session: ["go mod download"] }, true],
    [{ session: ["go mod down"] }, false],
    [{ session: ["go build", "go mod"] }, true],
    [{ kind: ["zip"], host: ["x.example"] }, false],
  ])("%j matches: %s", (conditions, matches) => {
    const { intercept } = effective([
      { name: "r", intercept: false, ...conditions },
    ]);
    expect(intercept).toBe(matches ? false : undefined);
  });

  it.each<[Omit<Rule, "name">]>([
    [{ kind: ["zip"] }],
    [{ module: ["*"] }],
    [{ session: ["go"] }],
  ])("%j does not match a CONNECT of an unknown client", (conditions) => {
    const rule = { name: "r", intercept: false, ...conditions };
    expect(effective([rule], { host: "goproxy.cn" }).intercept).toBe(undefined);
  });
});

describe("matchesHostPattern", () => {
  it.each([
    ["*.corp.example", "git.corp.example", true],
    ["*.corp.example", "a.b.corp.example", true],
    ["*.corp.example", "corp.example", false],
    ["*.corp.example", "xcorp.example", false],
    ["corp.example", "corp.example", true],
    ["Corp.Example.", "corp.EXAMPLE", true],
    ["corp.example", "git.corp.example", false],
    ["*", "anything", true],
    ["10.0.0.1", "10.0.0.1", true],
    ["", "corp.example", false],
  ])("%s with %s: %s", (pattern, host, matches) => {
    expect(matchesHostPattern(pattern, host)).toBe(matches);
  });
});
