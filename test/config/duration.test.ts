import { describe, expect, it } from "vitest";

import { durationMs } from "../../src/config/duration.js";
import { sizeBytes } from "../../src/config/size.js";

describe("durationMs", () => {
  it.each([
    ["5s", 5000],
    ["2m", 120_000],
    ["14d", 1_209_600_000],
    ["250ms", 250],
    ["1.5h", 5_400_000],
    ["1m30s", 90_000],
    ["0s", 0],
    ["0", 0],
    [0, 0],
    [5, undefined],
    ["5", undefined],
    ["-5s", undefined],
    ["5 s", undefined],
    ["5S", undefined],
    ["s", undefined],
    ["", undefined],
    [Number.NaN, undefined],
  ])("%j is %j", (text, ms) => expect(durationMs(text)).toBe(ms));
});

describe("sizeBytes", () => {
  it.each([
    ["512MiB", 536_870_912],
    ["1.5GB", 1_500_000_000],
    ["10 kB", 10_000],
    ["1B", 1],
    ["512", undefined],
    ["512mib", undefined],
    ["-1MiB", undefined],
    ["99999999999999GiB", undefined],
  ])("%j is %j", (text, bytes) => expect(sizeBytes(text)).toBe(bytes));
});
