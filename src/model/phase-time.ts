import type { Failure } from "./failure.js";

/**
 * When a phase happened, on the process's monotonic clock (`Clock.nowMs`), in milliseconds with whole microseconds.
 * A phase that did not happen has no PhaseTime at all; one still open has no `endedAtMs`.
 */
export interface PhaseTime {
  startedAtMs: number;
  endedAtMs?: number;
  failure?: Failure;
}
