/** The middle and the worst of some durations. */
export interface Spread {
  p50_ms: number;
  worst_ms: number;
}

/** Nearest-rank median and maximum; null without a value. */
export function spreadOf(valuesMs: readonly number[]): Spread | null {
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const p50_ms = sorted[Math.ceil(sorted.length / 2) - 1];
  const worst_ms = sorted.at(-1);
  if (p50_ms === undefined || worst_ms === undefined) return null;
  return { p50_ms: roundMs(p50_ms), worst_ms: roundMs(worst_ms) };
}

/** Whole microseconds, as instants are. */
export function roundMs(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
