import { describe, expect, it } from "vitest";

import type { RequestKind } from "../../src/model/request-kind.js";
import type { Timeouts } from "../../src/model/settings.js";
import { attemptLimits } from "../../src/policy/deadlines.js";

const TIMEOUTS: Timeouts = {
  dnsMs: 5000,
  connectMs: 10_000,
  proxyMs: 30_000,
  tlsMs: 10_000,
  firstByteMs: 30_000,
  bodyIdleMs: 20_000,
  totalMs: 0,
  patienceMs: 120_000,
};

const waits = (
  kind: RequestKind | "tunnel",
  lastTry: boolean,
  changed: Partial<Timeouts> = {},
  setBy: Record<string, string> = {},
) => {
  const timeouts = { ...TIMEOUTS, ...changed };
  const limits = attemptLimits({ kind, lastTry, timeouts, setBy });
  return [limits.firstByteMs, limits.bodyIdleMs];
};

describe("attemptLimits", () => {
  it("holds first_byte and body_idle, and patience on the last try", () => {
    expect(waits("zip", false)).toEqual([30_000, 20_000]);
    expect(waits("zip", true)).toEqual([120_000, 120_000]);
  });

  it("holds patience on the last try also where it is the shorter", () => {
    expect(waits("zip", true, { patienceMs: 2000 })).toEqual([2000, 2000]);
  });

  it("never shortens what a rule set, and takes 0 for none", () => {
    const byRule = { "timeouts.first_byte": "slow host" };
    expect(waits("zip", true, { firstByteMs: 300_000 }, byRule)).toEqual([
      300_000, 120_000,
    ]);
    expect(waits("zip", true, { firstByteMs: 1000 }, byRule)).toEqual([
      120_000, 120_000,
    ]);
    expect(waits("zip", true, { firstByteMs: 0 })).toEqual([0, 120_000]);
    expect(waits("zip", true, { patienceMs: 0 })).toEqual([0, 0]);
    expect(waits("zip", false, { bodyIdleMs: 0 })).toEqual([30_000, 0]);
  });

  it("takes a git fetch for the last try: it is never sent twice", () => {
    const builtIn = { "timeouts.first_byte": "git thinks before it speaks" };
    expect(
      waits("git-upload-pack", false, { firstByteMs: 300_000 }, builtIn),
    ).toEqual([300_000, 120_000]);
    expect(waits("git-refs", false)).toEqual([30_000, 20_000]);
  });

  it.each(["other", "tunnel"] as const)("limits nothing of %s", (kind) => {
    const timeouts = { ...TIMEOUTS, totalMs: 5 };
    const limits = attemptLimits({ kind, lastTry: true, timeouts });
    expect(new Set(Object.values(limits))).toEqual(new Set([0]));
  });

  it("leaves the limits of the dial and the total as they are", () => {
    const { firstByteMs: _, bodyIdleMs: __, ...others } = TIMEOUTS;
    for (const lastTry of [true, false])
      expect(
        attemptLimits({ kind: "mod", lastTry, timeouts: TIMEOUTS }),
      ).toMatchObject(others);
  });
});
