import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { retryAfterMs } from "../../src/policy/retry-after.js";

const NOW = Date.parse("2026-11-23T10:00:00Z");

describe("retryAfterMs", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    ["  7 ", 7000],
    ["99999999999999999999999", 86_400_000],
    ["Mon, 23 Nov 2026 10:00:30 GMT", 30_000],
    ["Mon, 23 Nov 2026 09:59:30 GMT", 0],
    ["Monday, 23-Nov-26 10:00:30 GMT", 30_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
    ["Mon Nov 23 10:00:30 2026", 30_000],
    ["Tue Dec  1 10:00:30 2026", 86_400_000],
    ["Thu, 31 Dec 2026 23:59:60 GMT", 86_400_000],
  ])("%s", (value, expected) => {
    expect(retryAfterMs(value, NOW)).toBe(expected);
  });

  it.each([
    "",
    "soon",
    "-1",
    "1.5",
    "+3",
    "1e3",
    "0x10",
    "120 seconds",
    "Mon, 23 Nov 2026 10:00:30",
    "Mon, 23 Nov 2026 10:00:30 CET",
    "Mon, 23 Nov 2026 24:00:30 GMT",
    "Mon, 00 Nov 2026 10:00:30 GMT",
    "Mon, 32 Nov 2026 10:00:30 GMT",
    "Mon, 23 Foo 2026 10:00:30 GMT",
    "2026-11-23T10:00:30Z",
  ])("is nothing for %j", (value) => {
    expect(retryAfterMs(value, NOW)).toBeUndefined();
  });

  it("counts days as the calendar does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 253_402_300_799 }), // up to the year 9999
        fc.integer({ min: 0, max: 86_400 }),
        (unixSeconds, aheadSeconds) => {
          const date = new Date((unixSeconds + aheadSeconds) * 1000);
          fc.pre(date.getUTCFullYear() <= 9999);
          expect(retryAfterMs(date.toUTCString(), unixSeconds * 1000)).toBe(
            aheadSeconds * 1000,
          );
        },
      ),
    );
  });

  it("is within a day whatever is sent", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^\d{1,30}$/)),
        (value) => {
          const ms = retryAfterMs(value, NOW) ?? 0;
          expect(ms >= 0 && ms <= 86_400_000).toBe(true);
        },
      ),
    );
  });
});
