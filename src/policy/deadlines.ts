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
  /** Which keys a rule has set (rules.ts): a rule that gives a request more time means its last try too. */
  setBy?: Readonly<Record<string, string>>;
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
 * The limits of one attempt; `firstByteMs` and `bodyIdleMs` are what its phases `wait` and `receive` may take, 0 is none. On the
 * last try `patience` stands in their place: go alone might still get its answer; what a rule set counts where it is longer,
 * and no limit stays none. A fetch of git is always the last try, as its bytes are never sent twice (SPEC §4). Tunnels and kind
 * `other` have no limits at all.
 */
export function attemptLimits(attempt: LimitedAttempt): Timeouts {
  const { kind, timeouts, setBy = {} } = attempt;
  if (kind === "tunnel" || kind === "other") return NO_LIMITS;
  if (!attempt.lastTry && kind !== "git-upload-pack") return timeouts;
  const { patienceMs } = timeouts;
  const last = (limitMs: number, key: string): number =>
    setBy[key] === undefined && limitMs !== 0
      ? patienceMs
      : longer(limitMs, patienceMs);
  return {
    ...timeouts,
    firstByteMs: last(timeouts.firstByteMs, "timeouts.first_byte"),
    bodyIdleMs: last(timeouts.bodyIdleMs, "timeouts.body_idle"),
  };
}

/** The longer of two limits, where 0 is no limit and so the longest. */
function longer(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : Math.max(a, b);
}
