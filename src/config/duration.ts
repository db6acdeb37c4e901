const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads `"5s"`, `"2m"`, `"1.5h"`, `"14d"`, `"250ms"`, `"1m30s"`, and `0` with or without a unit.
 * @returns whole milliseconds, or undefined where it is no duration (a bare number other than 0 has no unit)
 */
export function durationMs(value: string | number): number | undefined {
  if (value === 0 || value === "0") return 0;
  if (typeof value === "number" || !/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value))
    return undefined;
  let sum = 0;
  for (const [, number, unit] of value.matchAll(/([\d.]+)(ms|s|m|h|d)/g))
    sum += Number(number) * (UNIT_MS[unit ?? ""] ?? Number.NaN);
  return Number.isFinite(sum) ? Math.round(sum) : undefined;
}

/** The shortest way to write it: `5s`, `2m`, `1500ms`, `0s`. @param ms whole */
export function durationText(ms: number): string {
  if (ms === 0) return "0s";
  const [unit = "ms", size = 1] =
    Object.entries(UNIT_MS).findLast(([, each]) => ms % each === 0) ?? [];
  return `${ms / size}${unit}`;
}
