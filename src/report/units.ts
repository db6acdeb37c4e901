/** `0.4 ms`, `120 ms`, `7.2 s`, `2m 03s`, `1h 02m`: at most three digits that matter. */
export function durationText(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds)}s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)}h ${two(minutes)}m`;
}

function two(value: number): string {
  return String(value % 60).padStart(2, "0");
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `512 B`, `1.2 MB`, `201 MB`: powers of 1000, as go, curl and browsers count a download. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 and more would be printed as 1000.
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit > 0 && value < 99.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit] ?? "B"}`;
}

/** `4.9 MB/s`. */
export function rateText(bytesPerSecond: number): string {
  return `${bytesText(bytesPerSecond)}/s`;
}

/** `12.0 s` at this rate; undefined where nothing moves, or where the end is not known. */
export function etaText(
  bytesLeft: number | undefined,
  bytesPerSecond: number,
): string | undefined {
  if (bytesLeft === undefined || bytesPerSecond <= 0) return undefined;
  return durationText((bytesLeft / bytesPerSecond) * 1000);
}

/** `1 request`, `2 requests`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
