import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { backoffMs } from "../../src/policy/backoff.js";

const DEFAULT = { backoffMs: 1000, maxBackoffMs: 10_000 };

describe("backoffMs", () => {
  it.each([
    [1, 0, 500],
    [1, 0.5, 750],
    [2, 0, 1000],
    [3, 0, 2000],
    [4, 0, 4000],
    [5, 0, 5000], // 16 s, capped at 10 s
    [500, 0, 5000],
  ])("before retry %d with jitter %d is %d ms", (retry, jitter, expected) => {
    expect(backoffMs(retry, DEFAULT, jitter)).toBe(expected);
  });

  it("does not grow or scatter where backoff is max_backoff (GOPROXY_RETRY)", () => {
    const fixed = { backoffMs: 1000, maxBackoffMs: 1000 };
    for (const retry of [1, 2, 9])
      for (const jitter of [0, 0.3, 0.999])
        expect(backoffMs(retry, fixed, jitter)).toBe(1000);
    const above = { backoffMs: 5000, maxBackoffMs: 2000 };
    expect(backoffMs(1, above, 0.5)).toBe(2000);
  });

  it("is never 0, never above max_backoff, and grows with the jitter", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 600_000 }),
        fc.integer({ min: 1, max: 600_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (retry, first, longest, jitter) => {
          const terms = { backoffMs: first, maxBackoffMs: longest };
          const ms = backoffMs(retry, terms, jitter);
          expect(ms).toBeGreaterThan(0);
          expect(ms).toBeLessThanOrEqual(longest);
          expect(ms).toBeGreaterThanOrEqual(backoffMs(retry, terms, 0));
        },
      ),
    );
  });
});
