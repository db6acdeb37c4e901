import { PHASES, type Phase } from "../model/phase.js";
import type { PhaseTime } from "../model/phase-time.js";
import type {
  AttemptRecord,
  ExchangeRecord,
  WaitRecord,
} from "../model/record.js";

/** The phases of an attempt that happened, one `connect` for each address. */
export function phasesOf(
  attempt: AttemptRecord,
): { phase: Phase; time: PhaseTime }[] {
  const { dial } = attempt;
  return PHASES.flatMap((phase) => {
    const times =
      phase === "connect"
        ? (dial?.connects ?? [])
        : phase === "dns" || phase === "proxy" || phase === "tls"
          ? [dial?.[phase]]
          : [attempt[phase]];
    return times
      .filter((time) => time !== undefined)
      .map((time) => ({ phase, time }));
  });
}

/** What an open request is doing, and since when nothing has happened. */
export interface Waiting {
  /** Undefined: nothing is under way upstream (before the first attempt, between two). */
  phase: Phase | undefined;
  /** The phase's or pause's start; for `receive` the last byte, where that is known. */
  sinceMs: number;
  /** The one under way, the latest of several; else the last one. */
  attempt?: AttemptRecord;
  /** The pause it is in: then no attempt is under way. */
  pause?: WaitRecord;
}

/** @returns undefined for an ended exchange */
export function waitingOf(exchange: ExchangeRecord): Waiting | undefined {
  if (exchange.endedAtMs !== undefined) return undefined;
  const { attempts } = exchange;
  const open = attempts.findLast(isOpen);
  if (open !== undefined) return { ...phaseUnderWay(open), attempt: open };
  const last = attempts.at(-1);
  const pause = exchange.waits?.findLast(isOpen);
  return {
    phase: undefined,
    sinceMs: pause?.startedAtMs ?? last?.endedAtMs ?? exchange.startedAtMs,
    ...(last === undefined ? {} : { attempt: last }),
    ...(pause === undefined ? {} : { pause }),
  };
}

function phaseUnderWay(
  attempt: AttemptRecord,
): Pick<Waiting, "phase" | "sinceMs"> {
  let found: Pick<Waiting, "phase" | "sinceMs"> | undefined;
  for (const { phase, time } of phasesOf(attempt)) {
    if (!isOpen(time)) continue;
    // Several addresses may be tried at once: the first of them says since when.
    if (found?.phase === phase) continue;
    found = { phase, sinceMs: time.startedAtMs };
  }
  if (found?.phase === "receive")
    found.sinceMs = Math.max(found.sinceMs, attempt.lastByteAtMs ?? 0);
  return found ?? { phase: undefined, sinceMs: attempt.startedAtMs };
}

function isOpen({ endedAtMs }: PhaseTime): boolean {
  return endedAtMs === undefined;
}
