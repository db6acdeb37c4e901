import type { RequestKind } from "../model/request-kind.js";
import type { Timeouts } from "../model/settings.js";

/** One attempt, as far as its limits depend on it. */
export interface LimitedAttempt {
  /** `tunnel` for a CONNECT that is not opened. */
  kind: RequestKind | "tunnel";
  /** After rules (rules.ts). */
  timeouts: Timeouts;
  /** No further attempt, way or source would follow this one. */
  lastTry: boolean;
}

const NO_LIMITS: Timeouts = {
  dnsMs: 0,
  connectMs: 0,
  proxyMs: 0,
  tlsMs: 0,
  firstByteMs: 0,
  bodyIdleMs: 0,
  totalMs: 0,
  patienceMs: 0,
};

/**
 * The limits of one attempt; `firstByteMs` and `bodyIdleMs` are what its phases `wait` and `receive` may take, 0 is none. The last
 * try has `patience` where that is longer: go alone might still get its answer. A fetch of git is always the last try, as its
 * bytes are never sent twice (SPEC §4). Tunnels and kind `other` have no limits at all.
 */
export function attemptLimits(attempt: LimitedAttempt): Timeouts {
  const { kind, timeouts } = attempt;
  if (kind === "tunnel" || kind === "other") return NO_LIMITS;
  if (!attempt.lastTry && kind !== "git-upload-pack") return timeouts;
  return {
    ...timeouts,
    firstByteMs: longer(timeouts.firstByteMs, timeouts.patienceMs),
    bodyIdleMs: longer(timeouts.bodyIdleMs, timeouts.patienceMs),
  };
}

/**
 * What the total limit leaves of an exchange, at least 1 ms so that it never reads as "none"; undefined where there is no limit.
 * @param startedAtMs the exchange's start, on the clock of `nowMs`
 */
export function totalLeftMs(
  totalMs: number,
  startedAtMs: number,
  nowMs: number,
): number | undefined {
  return totalMs === 0 ? undefined : Math.max(1, startedAtMs + totalMs - nowMs);
}

/** The longer of two limits, where 0 is no limit and so the longest. */
function longer(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.max(a, b);
}
