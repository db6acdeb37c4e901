import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { nanoText, rfc3339, wallClock } from "../../src/span/instant.js";

describe("wallClock", () => {
  it("is what BigInt arithmetic on nanoseconds gives, in whole microseconds", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }),
        fc.integer({ min: 0, max: 10 ** 12 }),
        fc.integer({ min: -(10 ** 9), max: 10 ** 12 }),
        (unixNano, anchorUs, offsetUs) => {
          const at = wallClock({
            atMs: anchorUs / 1000,
            unixNano: String(unixNano),
          });
          const expected = (unixNano / 1000n + BigInt(offsetUs)) * 1000n;
          const said = nanoText(at((anchorUs + offsetUs) / 1000));
          fc.pre(expected > 0n);
          expect(said).toBe(String(expected));
        },
      ),
    );
  });

  it("keeps the order of instants", () => {
    const at = wallClock({ atMs: 0.1, unixNano: "1795341600000000999" });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        (a, b) => {
          expect(at(Math.min(a, b))).toBeLessThanOrEqual(at(Math.max(a, b)));
        },
      ),
    );
  });
});

describe("rfc3339", () => {
  it("agrees with Date over four centuries", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: Date.UTC(2254, 0, 1) }),
        fc.integer({ min: 0, max: 999 }),
        (ms, us) => {
          expect(rfc3339(ms * 1000 + us)).toBe(new Date(ms).toISOString());
        },
      ),
    );
    expect(rfc3339(Date.UTC(2028, 1, 29, 23, 59, 59, 999) * 1000)).toBe(
      "2028-02-29T23:59:59.999Z",
    );
  });
});
