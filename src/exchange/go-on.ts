import type { Failure } from "../model/failure.js";
import { retryClass } from "../policy/retry-class.js";
import type { ExchangeCommand } from "./events.js";
import { causeOf, nextTry, withAttempt, withClosed } from "./journey.js";
import { lost, type Searching, stay, type Step } from "./state.js";
import type { ExchangeTerms } from "./terms.js";

/** After a failure: the next try, or patience with what is still under way, or the end. */
export function goOn(
  state: Searching,
  failure: Failure,
  failedAt: number,
  terms: ExchangeTerms,
  before: readonly ExchangeCommand[],
  retryAfterMs?: number,
): Step {
  const cause = causeOf(state.journey, failure, failedAt, terms);
  const noted = { ...state.journey, cause };
  const closed = retryClass(failure).again
    ? noted
    : withClosed(noted, failedAt);
  const here = { ...state, journey: closed };
  // The stations that are not known yet might be the ones that help.
  if (!terms.stationsKnown)
    return asked(here, failure, failedAt, before, retryAfterMs);
  const next = nextTry(closed, failure, failedAt, terms);
  if (next === undefined) {
    if (closed.running.length > 0 || closed.pausing !== undefined)
      return { state: here, commands: before };
    // What breaks a body off says for itself what could not continue it.
    return lost(here, state.name === "waiting" ? cause : failure, before);
  }
  if (next.reason !== "retry") {
    const beside = closed.running.length > 0 ? "beside" : next.reason;
    return started(here, next.station, reasonIn(here, beside), before);
  }
  // One pause at a time; what is under way may make it needless.
  if (closed.pausing !== undefined) return { state: here, commands: before };
  // Beside a silent try at the same place there is nothing to be gentle to.
  const isBeside = closed.running.some((one) => one.station === next.station);
  return {
    state: { ...here, journey: { ...closed, pausing: next.station } },
    commands: [
      ...before,
      {
        type: "pause",
        station: next.station,
        tries: isBeside ? 0 : next.tries,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      },
    ],
  };
}

function asked(
  state: Searching,
  failure: Failure,
  station: number,
  before: readonly ExchangeCommand[],
  retryAfterMs: number | undefined,
): Step {
  const isAsked = state.journey.asking !== undefined;
  return {
    state: {
      ...state,
      journey: {
        ...state.journey,
        asking: {
          failure,
          station,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
        },
      },
    },
    commands: isAsked ? before : [...before, { type: "ask-stations" }],
  };
}

/** @param elsewhere in place of the station that the pause was for */
export function afterPause(state: Searching, elsewhere?: number): Step {
  const { pausing, ...journey } = state.journey;
  if (pausing === undefined) return stay(state);
  const beside = journey.running.length > 0;
  return started(
    { ...state, journey },
    elsewhere ?? pausing,
    reasonIn(state, beside ? "beside" : "retry"),
    [],
    true,
    beside,
  );
}

/** While a body is to be continued every attempt is made to resume it. */
function reasonIn(
  state: Searching,
  reason: "way" | "source" | "retry" | "beside",
): "way" | "source" | "retry" | "beside" | "resume" {
  return state.name === "resuming" ? "resume" : reason;
}

export function started(
  state: Searching,
  station: number,
  reason: NonNullable<Extract<ExchangeCommand, { type: "attempt" }>["reason"]>,
  before: readonly ExchangeCommand[],
  counts = true,
  fresh = false,
): Step {
  const attempt = state.journey.attempts;
  return {
    state: { ...state, journey: withAttempt(state.journey, station, counts) },
    commands: [
      ...before,
      { type: "disarm", timer: "first-byte" },
      { type: "attempt", attempt, station, reason, ...(fresh && { fresh }) },
    ],
  };
}
