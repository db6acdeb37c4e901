import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  bytesText,
  countText,
  durationText,
  etaText,
  rateText,
} from "../../src/report/units.js";

describe("durationText", () => {
  it.each([
    [0, "0.0 ms"],
    [0.42, "0.4 ms"],
    [9.94, "9.9 ms"],
    [9.96, "10 ms"],
    [120.4, "120 ms"],
    [999.6, "1.0 s"],
    [7204, "7.2 s"],
    [59_949, "59.9 s"],
    [59_960, "1m 00s"],
    [123_000, "2m 03s"],
    [3_599_600, "1h 00m"],
    [3_720_000, "1h 02m"],
  ])("%d ms is %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  it("is never wider than 8 cells under 100 hours", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 3.6e8, noNaN: true }), (ms) => {
        expect(durationText(ms).length).toBeLessThanOrEqual(8);
      }),
    );
  });
});

describe("bytesText", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_234_567, "1.2 MB"],
    [99_960, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.0 MB"],
    [201_300_000, "201 MB"],
    [10_000_000_000, "10.0 GB"],
  ])("%d is %s", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});

describe("rates and counts", () => {
  it("says how long the rest takes, where that is known", () => {
    expect(rateText(4_900_000)).toBe("4.9 MB/s");
    expect(etaText(49_000_000, 4_900_000)).toBe("10.0 s");
    expect(etaText(undefined, 4_900_000)).toBeUndefined();
    expect(etaText(10, 0)).toBeUndefined();
  });

  it("has a plural", () => {
    expect([0, 1, 2].map((count) => countText(count, "module"))).toEqual([
      "0 modules",
      "1 module",
      "2 modules",
    ]);
  });
});
