import type { ClockAnchor } from "../model/record.js";

/**
 * Turns instants of one process's monotonic clock into wall-clock time, in whole microseconds since 1970.
 *
 * Microseconds since 1970 fit a double exactly until the year 2255, nanoseconds do not: so the arithmetic is done on
 * microseconds, and the three zeros are put on as text. It is monotone: what was in order stays in order, so that a child
 * is never pushed out of its parent by rounding.
 */
export function wallClock(anchor: ClockAnchor): (atMs: number) => number {
  const anchorUs = Number(BigInt(anchor.unixNano) / 1000n);
  return (atMs) => anchorUs + Math.round((atMs - anchor.atMs) * 1000);
}

/** Nanoseconds since 1970 as decimal digits, of whole microseconds. */
export function nanoText(unixUs: number): string {
  return `${unixUs}000`;
}

/** Whole microseconds since 1970 of a span's instant; what is below a microsecond is cut off. */
export function microsOf(unixNano: string): number {
  return Number(unixNano.slice(0, -3));
}

const DAYS_TO_MARCH_YEAR_0 = 719_468;
const DAYS_IN_400_YEARS = 146_097;

/**
 * RFC 3339 in UTC with milliseconds (cut, not rounded): `2026-11-22T10:00:00.000Z`. The calendar is Howard Hinnant's
 * civil_from_days; this folder has no Date.
 */
export function rfc3339(unixUs: number): string {
  const ms = Math.floor(unixUs / 1000);
  const days = Math.floor(ms / 86_400_000);
  const ofDay = ms - days * 86_400_000;

  const shifted = days + DAYS_TO_MARCH_YEAR_0;
  const era = Math.floor(shifted / DAYS_IN_400_YEARS);
  const dayOfEra = shifted - era * DAYS_IN_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);

  const hours = Math.floor(ofDay / 3_600_000);
  const minutes = Math.floor(ofDay / 60_000) % 60;
  const seconds = Math.floor(ofDay / 1000) % 60;
  return (
    `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}` +
    `T${digits(hours, 2)}:${digits(minutes, 2)}:${digits(seconds, 2)}.${digits(ofDay % 1000, 3)}Z`
  );
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
