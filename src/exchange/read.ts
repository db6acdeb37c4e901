import type { Failure } from "../model/failure.js";
import { retryClass } from "../policy/retry-class.js";
import type { ExchangeCommand, ExchangeEvent } from "./events.js";
import { goOn } from "./go-on.js";
import { hasTriesLeft, nextTry, withClosed } from "./journey.js";
import {
  armed,
  type Event,
  finished,
  lost,
  type Reading,
  type Searching,
  stay,
  type Step,
} from "./state.js";
import type { ExchangeTerms } from "./terms.js";

/** While one attempt's body is read. */
export function reading(
  state: Reading,
  event: ExchangeEvent,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  switch (event.type) {
    case "body-began":
      return state.name === "opening"
        ? {
            state: { ...state, name: "relaying" },
            commands: [{ type: "relay-head" }],
          }
        : stay(state);
    case "joined": {
      if (state.name !== "joining") return stay(state);
      const { journey, station } = state;
      // Only what can be continued was continued.
      return stay({ name: "relaying", journey, station, continuable: true });
    }
    case "body-ended":
      return finished();
    case "body-failed":
      return broken(state, event.failure, event.progressed, terms, []);
    case "stations-known":
      return {
        state,
        commands: armed("body-idle", Math.min(terms.limits.bodyIdleMs, 1)),
      };
    case "timer":
      return event.timer === "body-idle"
        ? stalled(state, event, terms, nowMs)
        : stay(state);
    default:
      return stay(state);
  }
}

/** How long a body may be silent: patience, where nothing could follow. */
export function readingLimitMs(state: Reading, terms: ExchangeTerms): number {
  const failure: Failure = { kind: "body-idle-timeout" };
  return couldFollow(state, failure, terms)
    ? terms.limits.bodyIdleMs
    : terms.patience.bodyIdleMs;
}

function couldFollow(
  state: Reading,
  failure: Failure,
  terms: ExchangeTerms,
): boolean {
  if (!terms.repeatable || (state.name === "relaying" && !state.continuable))
    return false;
  if (!terms.stationsKnown) return true;
  const { journey, station } = state;
  const alone = { ...journey, running: [] };
  return nextTry(alone, failure, station, terms) !== undefined;
}

function stalled(
  state: Reading,
  event: Event<"timer">,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  const limitMs = readingLimitMs(state, terms);
  const leftMs = event.idleSinceMs + limitMs - nowMs;
  if (limitMs === 0) return stay(state);
  if (leftMs > 0) return { state, commands: armed("body-idle", leftMs) };
  const failure: Failure = {
    kind: "body-idle-timeout",
    phase: "receive",
    limitMs,
  };
  const aborts = state.journey.running.map(({ attempt }): ExchangeCommand => ({
    type: "abort",
    attempt,
    failure,
  }));
  return broken(state, failure, event.progressed === true, terms, aborts);
}

/** The body is not whole: from the start again while the client has none of it, else continued, else a broken stream. */
function broken(
  state: Reading,
  failure: Failure,
  progressed: boolean,
  terms: ExchangeTerms,
  before: readonly ExchangeCommand[],
): Step {
  const commands = [...before, { type: "disarm", timer: "body-idle" } as const];
  const { station } = state;
  const journey = { ...state.journey, running: [] };
  if (!terms.repeatable) return lost({ ...state, journey }, failure, commands);
  if (state.name === "opening")
    return goOn(
      { name: "waiting", journey },
      failure,
      station,
      terms,
      commands,
    );
  if (state.name === "relaying" && !state.continuable)
    return lost({ ...state, journey }, failure, commands);
  const broke = state.name === "joining" ? state.broke : failure;
  const tries = progressed ? [] : journey.tries;
  const resuming: Searching = {
    name: "resuming",
    journey: { ...journey, tries },
    broke,
  };
  // Much of a body is worth most where it came from: only the rest is asked for there. A source that gave no more than a further
  // request costs is left for the next one.
  if (
    state.name === "relaying" &&
    progressed &&
    retryClass(failure).again &&
    hasTriesLeft(resuming.journey, station, terms)
  ) {
    const other = terms.stationsKnown
      ? nextTry(resuming.journey, failure, station, terms)
      : undefined;
    const orElse = other?.reason === "source" ? other.station : undefined;
    return {
      state: {
        ...resuming,
        journey: { ...resuming.journey, pausing: station },
      },
      commands: [
        ...commands,
        {
          type: "pause",
          station,
          tries: 0,
          ...(orElse === undefined ? {} : { orElse }),
        },
      ],
    };
  }
  if (state.name === "joining" && !retryClass(failure).again)
    resuming.journey = withClosed(resuming.journey, station);
  return goOn(resuming, failure, station, terms, commands);
}
