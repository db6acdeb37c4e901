import type { Failure } from "../model/failure.js";
import { retryClass } from "../policy/retry-class.js";
import type { ExchangeCommand, ExchangeEvent } from "./events.js";
import { afterPause, goOn, started } from "./go-on.js";
import {
  causeOf,
  newest,
  nextTry,
  runningOf,
  withAttempt,
  withClosed,
  without,
} from "./journey.js";
import {
  armed,
  type Event,
  lost,
  type Searching,
  stay,
  type Step,
} from "./state.js";
import { readingLimitMs } from "./read.js";
import type { ExchangeTerms } from "./terms.js";

/** While attempts are under way and none was decided for. */
export function searching(
  state: Searching,
  event: ExchangeEvent,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  const { journey } = state;
  switch (event.type) {
    case "written": {
      if (newest(journey)?.attempt !== event.attempt) return stay(state);
      const { firstByteMs } = silence(state, terms);
      return { state, commands: armed("first-byte", firstByteMs) };
    }
    case "responded":
      return responded(state, event, terms);
    case "redirected":
      return redirected(state, event.attempt);
    case "rejected":
      return watched(rejected(state, event, terms), terms);
    case "attempt-failed":
      return watched(attemptFailed(state, event, terms), terms);
    case "stations-known": {
      const { asking, ...known } = journey;
      // The limits may be others now: a timer that rings at once computes what is left.
      if (asking === undefined)
        return {
          state,
          commands: armed("first-byte", Math.min(terms.limits.firstByteMs, 1)),
        };
      const next = { ...state, journey: known };
      return watched(
        goOn(
          next,
          asking.failure,
          asking.station,
          terms,
          [],
          asking.retryAfterMs,
        ),
        terms,
      );
    }
    case "pause-over":
      return afterPause(state, event.station);
    case "timer":
      return event.timer === "first-byte"
        ? silent(state, event, terms, nowMs)
        : stay(state);
    default:
      return stay(state);
  }
}

function redirected(state: Searching, attempt: number): Step {
  const from = runningOf(state.journey, attempt);
  if (from === undefined) return stay(state);
  const journey = withAttempt(
    without(state.journey, attempt),
    from.station,
    false,
  );
  const follow = state.journey.attempts;
  return {
    state: { ...state, journey },
    commands: [{ type: "follow", attempt: follow, from: attempt }],
  };
}

function rejected(
  state: Searching,
  event: Event<"rejected">,
  terms: ExchangeTerms,
): Step {
  const { attempt, failure, presentable, retryAfterMs } = event;
  const from = runningOf(state.journey, attempt);
  if (from === undefined) return stay(state);
  const left = without(state.journey, attempt);
  const waitsTooLong =
    retryAfterMs !== undefined && retryAfterMs > longestPauseMs(terms);
  const journey = waitsTooLong ? withClosed(left, from.station) : left;
  const next = { ...state, journey };
  const discard: ExchangeCommand = { type: "discard", attempt, failure };
  const isLast =
    !terms.repeatable ||
    (terms.stationsKnown &&
      next.journey.running.length === 0 &&
      nextTry(next.journey, failure, from.station, terms) === undefined);
  if (!presentable && !terms.repeatable) return lost(next, failure, [discard]);
  if (!presentable || state.name === "resuming" || !isLast)
    return goOn(next, failure, from.station, terms, [discard], retryAfterMs);
  return taken(state, { attempt, continuable: false }, from.station, terms);
}

/** Who asks for a longer one is not asked again: go would wait for nothing. */
function longestPauseMs({ patience, totalMs }: ExchangeTerms): number {
  const limits = [patience.firstByteMs, totalMs].filter((ms) => ms > 0);
  return Math.min(Infinity, ...limits);
}

function responded(
  state: Searching,
  event: Event<"responded">,
  terms: ExchangeTerms,
): Step {
  const from = runningOf(state.journey, event.attempt);
  return from === undefined
    ? stay(state)
    : taken(state, event, from.station, terms);
}

function attemptFailed(
  state: Searching,
  event: Event<"attempt-failed">,
  terms: ExchangeTerms,
): Step {
  const { attempt, failure } = event;
  const from = runningOf(state.journey, attempt);
  if (from === undefined) return stay(state);
  const journey = without(state.journey, attempt);
  // A kept connection that the peer closed while the request was under way says nothing about the peer (RFC 9112 §9.3.1):
  // dial anew, once, as go does. A GOAWAY'd stream was not processed at all (RFC 9113 §6.8), so even a POST may go again.
  const { kind } = failure;
  const stale =
    event.reused &&
    ((kind === "reset" && terms.repeatable) ||
      (kind === "goaway" && !event.bodySent));
  if (stale && !journey.redialled) {
    const redialled = { ...journey, redialled: true };
    return started(
      { ...state, journey: redialled },
      from.station,
      "stale-connection",
      [],
      false,
    );
  }
  // What reached nobody may go another way, whatever its method.
  const isUnsent = !event.bodySent && retryClass(failure).dial;
  if (!terms.repeatable && !isUnsent) return lost(state, failure);
  return goOn({ ...state, journey }, failure, from.station, terms, []);
}

/**
 * Where nothing was begun beside them, whoever is still under way is the one whose silence is measured again: the timer that was
 * theirs went to the attempt that is over. One that rings at once computes what is left.
 */
function watched(step: Step, { limits }: ExchangeTerms): Step {
  const { commands, state } = step;
  const isLeftAlone =
    (state.name === "waiting" || state.name === "resuming") &&
    state.journey.running.length > 0 &&
    !commands.some(({ type }) => type === "attempt");
  return isLeftAlone
    ? {
        state,
        commands: [
          ...commands,
          ...armed("first-byte", Math.min(limits.firstByteMs, 1)),
        ],
      }
    : step;
}

/** The newest attempt's `first_byte` is over, or its patience. */
function silent(
  state: Searching,
  { idleSinceMs }: Event<"timer">,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  const { journey } = state;
  const one = newest(journey);
  if (one === undefined) return stay(state);
  const limitMs = one.late
    ? terms.patience.firstByteMs
    : silence(state, terms).firstByteMs;
  // 0 is no limit, also where it became one while the timer ran.
  if (limitMs === 0) return stay(state);
  const leftMs = idleSinceMs + limitMs - nowMs;
  if (leftMs > 0) return { state, commands: armed("first-byte", leftMs) };
  const failure: Failure = {
    kind: "first-byte-timeout",
    phase: "wait",
    limitMs,
  };
  const cause = causeOf(journey, failure, one.station, terms);
  if (one.late && isOnItsWay(stay(state))) return stay(state);
  if (one.late || !terms.repeatable) return lost(state, cause, [], failure);
  const running = journey.running.map((it) => ({ ...it, late: true }));
  const late = { ...state, journey: { ...journey, running } };
  const next = goOn(late, failure, one.station, terms, []);
  if (next.commands.some(({ type }) => type === "attempt")) return next;
  const { firstByteMs: patienceMs } = terms.patience;
  // 0 is no limit: whoever is still under way may take for ever.
  if (patienceMs === 0) return next;
  const patienceLeftMs = idleSinceMs + patienceMs - nowMs;
  if (patienceLeftMs <= 0)
    return isOnItsWay(next) ? next : lost(state, cause, [], failure);
  return {
    ...next,
    commands: [...next.commands, ...armed("first-byte", patienceLeftMs)],
  };
}

/** A further try was thought of, and waits for its pause or for the stations. */
function isOnItsWay({ state }: Step): boolean {
  return (
    "journey" in state &&
    (state.journey.pausing !== undefined || state.journey.asking !== undefined)
  );
}

/** The limits of the newest attempt: with nothing that could follow, patience. */
function silence(
  state: Searching,
  terms: ExchangeTerms,
): ExchangeTerms["limits"] {
  const one = newest(state.journey);
  if (one === undefined || !terms.repeatable) return terms.patience;
  if (!terms.stationsKnown) return terms.limits;
  const running = state.journey.running.map((it) => ({ ...it, late: true }));
  const failure: Failure = { kind: "first-byte-timeout" };
  const next = nextTry(
    { ...state.journey, running },
    failure,
    one.station,
    terms,
  );
  return next === undefined ? terms.patience : terms.limits;
}

/** An answer wins: what is beside it is aborted. */
function taken(
  state: Searching,
  { attempt, continuable }: { attempt: number; continuable: boolean },
  station: number,
  terms: ExchangeTerms,
): Step {
  const { asking: _, pausing, ...known } = state.journey;
  const overtaken = known.running.filter((one) => one.attempt !== attempt);
  const journey = {
    ...known,
    running: known.running.filter((one) => one.attempt === attempt),
  };
  const next =
    state.name === "waiting"
      ? ({ name: "opening", journey, station, continuable } as const)
      : ({ name: "joining", journey, station, broke: state.broke } as const);
  return {
    state: next,
    commands: [
      { type: "disarm", timer: "first-byte" },
      ...(pausing === undefined ? [] : [{ type: "cancel-pause" } as const]),
      ...overtaken.map(({ attempt: other, late }) => ({
        type: "abort" as const,
        attempt: other,
        failure: late ? lateFailure(terms) : ({ kind: "overtaken" } as const),
      })),
      ...armed("body-idle", readingLimitMs(next, terms)),
      { type: next.name === "opening" ? "take" : "join", attempt },
    ],
  };
}

function lateFailure({ limits }: ExchangeTerms): Failure {
  return {
    kind: "first-byte-timeout",
    phase: "wait",
    limitMs: limits.firstByteMs,
  };
}
