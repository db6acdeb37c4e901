import { type SpanRef, spanIdOf } from "../model/span-ref.js";
import type { Failure } from "../model/failure.js";
import type { AttemptRecord } from "../model/record.js";
import type { Origin, Way } from "../model/way.js";

/** The record of an attempt that begins now. */
export function beganAttempt(
  origin: Origin,
  way: Way,
  index: number,
  nowMs: number,
): AttemptRecord {
  return {
    index,
    way: way.name,
    scheme: origin.scheme,
    host: origin.host,
    port: origin.port,
    startedAtMs: nowMs,
    bodyBytes: 0,
  };
}

/** Closes an attempt's record and its open phases; the first cause wins, and what is closed stays as it is. */
export function endAttempt(
  attempt: AttemptRecord,
  failure: Failure | undefined,
  nowMs: number,
): void {
  if (attempt.endedAtMs !== undefined) return;
  attempt.endedAtMs = nowMs;
  if (failure !== undefined) attempt.failure = failure;
  for (const phase of [
    attempt.queue,
    attempt.send,
    attempt.wait,
    attempt.receive,
  ]) {
    if (phase === undefined || phase.endedAtMs !== undefined) continue;
    phase.endedAtMs = nowMs;
    if (failure !== undefined) phase.failure = failure;
  }
}

/**
 * The CLIENT span of an attempt, for others to link to. Its trace may be found out later than the attempt begins: it is asked for
 * when the link is written, until it is known.
 */
export function attemptSpan(
  exchangeId: string,
  attemptIndex: number,
  traceIdNow: () => string,
): SpanRef {
  let known = "";
  return {
    spanId: spanIdOf(exchangeId, attemptIndex),
    get traceId() {
      if (known === "") known = traceIdNow();
      return known;
    },
  };
}
