import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { afterResult, UNKNOWN } from "../../src/health/health-state.js";

function play(results: readonly boolean[], failures: number): string[] {
  let state = UNKNOWN;
  return results.map((passed) => {
    state = afterResult(state, passed, failures);
    return state.name;
  });
}

describe("health", () => {
  it("is unknown at first, lost after two failures in a row, back with one that passes", () => {
    expect(play([false, false, false, true, false, true], 2)).toEqual([
      "unknown",
      "unhealthy",
      "unhealthy",
      "healthy",
      "healthy",
      "healthy",
    ]);
  });

  it("is lost at once where one failure is enough", () => {
    expect(play([true, false, true], 1)).toEqual([
      "healthy",
      "unhealthy",
      "healthy",
    ]);
  });

  it("is unhealthy exactly while the last results, as many as it takes, all failed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean()),
        fc.integer({ min: 1, max: 5 }),
        (results, failures) => {
          for (const [at, name] of play(results, failures).entries()) {
            const last = results.slice(Math.max(0, at + 1 - failures), at + 1);
            const lost = last.length === failures && !last.includes(true);
            expect(name === "unhealthy").toBe(lost);
          }
        },
      ),
    );
  });
});
