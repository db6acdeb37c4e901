/** What is known of a target. */
export type HealthName = "unknown" | "healthy" | "unhealthy";

export interface HealthState {
  name: HealthName;
  /** Since the last that passed. */
  failedInRow: number;
}

export const UNKNOWN: HealthState = { name: "unknown", failedInRow: 0 };

/**
 * The state after one more result: one that passes makes healthy, `failures` in a row make unhealthy.
 * @param failures at least 1; `health.failures`
 */
export function afterResult(
  state: HealthState,
  passed: boolean,
  failures: number,
): HealthState {
  if (passed) return { name: "healthy", failedInRow: 0 };
  const failedInRow = state.failedInRow + 1;
  return {
    name: failedInRow >= failures ? "unhealthy" : state.name,
    failedInRow,
  };
}
