import type { PhaseTime } from "../model/phase-time.js";
import type { AttemptRecord } from "../model/record.js";
import {
  CHECK_STATES,
  type CheckState,
  type CheckStep,
} from "./health-target.js";

/**
 * The five states of a check and their times, from the attempt that decided it.
 * @param last the state that failed, or the last one that passed
 */
export function checkSteps(
  record: AttemptRecord,
  last: CheckState,
  passed: boolean,
): CheckStep[] {
  const lastAt = CHECK_STATES.indexOf(last);
  const times = timesOf(record);
  return CHECK_STATES.map((state, at): CheckStep => {
    const tookMs = times[state];
    const took = tookMs === undefined ? {} : { tookMs };
    if (at === lastAt && !passed) return { state, verdict: "failed", ...took };
    // The version is read in no time; all else that has none did not happen.
    const happened = tookMs !== undefined || state === "version";
    if (at > lastAt || !happened) return { state, verdict: "skipped" };
    return { state, verdict: "passed", ...took };
  });
}

function timesOf(
  record: AttemptRecord,
): Partial<Record<CheckState, number | undefined>> {
  const { dial } = record;
  const begun = dial?.connects[0];
  const connected = dial?.connects.findLast((one) => one.endedAtMs);
  return {
    dns: lengthOf(dial?.dns),
    tcp:
      begun === undefined
        ? undefined
        : lengthOf({
            ...begun,
            ...ended(dial?.tls ?? dial?.proxy ?? connected),
          }),
    request: lengthOf(record.wait),
    json: lengthOf(record.receive),
  };
}

function ended(phase: PhaseTime | undefined): { endedAtMs?: number } {
  return phase?.endedAtMs === undefined ? {} : { endedAtMs: phase.endedAtMs };
}

function lengthOf(phase: PhaseTime | undefined): number | undefined {
  if (phase?.endedAtMs === undefined) return undefined;
  return Math.round((phase.endedAtMs - phase.startedAtMs) * 1000) / 1000;
}
