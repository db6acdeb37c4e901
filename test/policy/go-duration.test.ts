import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { goDurationMs } from "../../src/policy/go-duration.js";

// time.ParseDuration
describe("goDurationMs", () => {
  it.each<[string, number]>([
    ["0", 0],
    ["-0", 0],
    ["+0", 0],
    ["5s", 5000],
    ["30s", 30_000],
    ["1478s", 1_478_000],
    ["-5s", -5000],
    ["+5s", 5000],
    ["5.0s", 5000],
    ["5.6s", 5600],
    ["5.s", 5000],
    [".5s", 500],
    ["1.004s", 1004],
    ["10ns", 0.000_01],
    ["11us", 0.011],
    ["12\u00b5s", 0.012],
    ["12\u03bcs", 0.012],
    ["13ms", 13],
    ["15m", 900_000],
    ["16h", 57_600_000],
    ["3h30m", 12_600_000],
    ["10.5s4m", 250_500],
    ["-2m3.4s", -123_400],
    ["1h2m3s4ms5us6ns", 3_723_004.005_006],
    ["0s", 0],
    ["00030s", 30_000],
  ])("%s", (text, ms) => {
    expect(goDurationMs(text)).toBeCloseTo(ms, 6);
  });

  it.each([
    "",
    "3",
    "-",
    "+",
    "s",
    ".",
    "-.",
    ".s",
    "+.s",
    "1.2.3s",
    "--5s",
    "5 s",
    " 5s",
    "5s ",
    "1d",
    "1S",
    "5s3",
    "1e3s",
    "9223372036854775808ns",
    "3000000h",
  ])("%j is none", (text) => {
    expect(goDurationMs(text)).toBe(undefined);
  });

  it("adds up any parts", () => {
    const part = fc.tuple(
      fc.nat({ max: 9999 }),
      fc.constantFrom(["ms", 1], ["s", 1000], ["m", 60_000], ["h", 3_600_000]),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const text = parts.map(([n, [unit]]) => `${n}${unit}`).join("");
        const sum = parts.reduce((ms, [n, [, unit]]) => ms + n * unit, 0);
        expect(goDurationMs(text)).toBe(sum);
      }),
    );
  });
});
