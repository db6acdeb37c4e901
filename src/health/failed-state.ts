import type { Failure } from "../model/failure.js";
import type { Phase } from "../model/phase.js";
import type { PhaseTime } from "../model/phase-time.js";
import type { AttemptRecord } from "../model/record.js";
import type { CheckState } from "./health-target.js";

/** The phase that an attempt is in; `queue` before it has begun any. */
export function phaseNow(record: AttemptRecord): Phase {
  const { dial } = record;
  if (isOpen(record.receive)) return "receive";
  if (isOpen(record.wait)) return "wait";
  if (isOpen(record.queue) || dial === undefined) return "queue";
  if (isOpen(dial.dns)) return "dns";
  if (isOpen(dial.tls)) return "tls";
  return isOpen(dial.proxy) ? "proxy" : "connect";
}

function isOpen(phase: PhaseTime | undefined): boolean {
  return phase !== undefined && phase.endedAtMs === undefined;
}

const STATE_OF: Record<Phase, CheckState> = {
  queue: "tcp",
  dns: "dns",
  connect: "tcp",
  proxy: "tcp",
  tls: "tcp",
  send: "request",
  wait: "request",
  receive: "json",
};

/** @returns undefined where the failure is gotap's own and says nothing about the target */
export function failedState(failure: Failure): CheckState | undefined {
  const { kind, phase } = failure;
  if (kind === "stopped" || kind === "internal" || kind === "bad-request")
    return undefined;
  if (phase !== undefined) return STATE_OF[phase];
  return kind === "forbidden-address" ? "tcp" : "request";
}

/**
 * The kept connection was gone before any byte of the answer: says something about that connection, not about the target, and
 * the next one is dialled anew.
 */
export function wasStale(record: AttemptRecord, failure: Failure): boolean {
  return (
    record.reused !== undefined &&
    record.status === undefined &&
    (failure.kind === "reset" || failure.kind === "goaway")
  );
}
