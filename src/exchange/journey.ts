import type { Failure } from "../model/failure.js";
import { retryClass } from "../policy/retry-class.js";
import type { ExchangeTerms } from "./terms.js";

/** An attempt under way. */
export interface Running {
  /** Index of the attempt. */
  attempt: number;
  station: number;
  /** Its `first_byte` is over: others were started beside it, or nothing was left to start. */
  late: boolean;
}

/** Where an exchange has been and where it is. Immutable. */
export interface Journey {
  /** Index of the next attempt. */
  attempts: number;
  running: readonly Running[];
  /** Tries so far, by station. */
  tries: readonly number[];
  /** Stations that are out of the question from now on. */
  closed: readonly number[];
  /** A kept connection that was gone has been dialled anew: that counts for nothing, and happens once. */
  redialled: boolean;
  /** The last failure of the source that go named, which is what go hears where nobody else has it either. */
  cause?: Failure;
  /** A pause before a further try there. */
  pausing?: number;
  /** The stations are asked for because of this. */
  asking?: { failure: Failure; station: number; retryAfterMs?: number };
}

export const SETTING_OUT: Journey = {
  attempts: 0,
  running: [],
  tries: [],
  closed: [],
  redialled: false,
};

/** A source that gives a body in crumbs must not make attempts for ever. */
const MOST_ATTEMPTS = 100;

/** What to do next. */
export interface NextTry {
  station: number;
  /** `retry` comes after a pause, the others at once. */
  reason: "way" | "source" | "retry";
  /** For `retry`: how many tries that source has had. */
  tries: number;
}

/**
 * The next try after a failure: a station that was not tried yet, at once: after a failure of the dial the same source over the
 * next way, else the next source; when every station was tried, once more the source with the fewest tries, after a pause,
 * until each has had its `attempts`.
 * @returns undefined when nothing is left
 */
export function nextTry(
  journey: Journey,
  failure: Failure,
  failedAt: number,
  terms: ExchangeTerms,
): NextTry | undefined {
  const kind = retryClass(failure);
  if (!kind.again && !kind.elsewhere) return undefined;
  if (journey.attempts >= MOST_ATTEMPTS) return undefined;
  const open = terms.stations
    .map(({ source }, station) => ({ source, station }))
    .filter(
      ({ station }) =>
        !journey.closed.includes(station) &&
        !journey.running.some((one) => one.station === station && !one.late),
    );
  const here = terms.stations[failedAt]?.source;
  const fresh = open.filter(({ station }) => tries(journey, station) === 0);
  const otherWay = fresh.find(({ source }) => source === here);
  const otherSource = fresh.find(({ source }) => source !== here);
  if (kind.elsewhere) {
    const first = kind.dial ? otherWay : otherSource;
    const next = first ?? otherSource ?? otherWay;
    if (next !== undefined)
      return {
        station: next.station,
        reason: next.source === here ? "way" : "source",
        tries: 0,
      };
  }
  const again = open
    .map(({ source, station }) => ({
      station,
      tries: sourceTries(journey, source, terms),
      here: tries(journey, station),
    }))
    .filter(({ tries: had }) => had < terms.attempts)
    .toSorted((a, b) => a.tries - b.tries || a.here - b.here);
  const [next] = again;
  return next && { station: next.station, reason: "retry", tries: next.tries };
}

export function withAttempt(
  journey: Journey,
  station: number,
  counts = true,
): Journey {
  const counted = [...journey.tries];
  counted[station] = tries(journey, station) + (counts ? 1 : 0);
  return {
    ...journey,
    attempts: journey.attempts + 1,
    running: [
      ...journey.running,
      { attempt: journey.attempts, station, late: false },
    ],
    tries: counted,
  };
}

export function without(journey: Journey, attempt: number): Journey {
  return {
    ...journey,
    running: journey.running.filter((one) => one.attempt !== attempt),
  };
}

export function withClosed(journey: Journey, station: number): Journey {
  return { ...journey, closed: [...journey.closed, station] };
}

export function runningOf(
  journey: Journey,
  attempt: number,
): Running | undefined {
  return journey.running.find((one) => one.attempt === attempt);
}

/** The one whose silence is measured: who came before it is late already. */
export function newest({ running }: Journey): Running | undefined {
  return running.at(-1);
}

/** What go is told of a failure: of another source's less than of the one that it asked. */
export function causeOf(
  { cause }: Journey,
  failure: Failure,
  failedAt: number,
  { stations }: ExchangeTerms,
): Failure {
  return stations[failedAt]?.source === 0 ? failure : (cause ?? failure);
}

/** Whether a further try at this station's source is left. */
export function hasTriesLeft(
  journey: Journey,
  station: number,
  terms: ExchangeTerms,
): boolean {
  const source = terms.stations[station]?.source ?? 0;
  return (
    journey.attempts < MOST_ATTEMPTS &&
    !journey.closed.includes(station) &&
    sourceTries(journey, source, terms) < terms.attempts
  );
}

function tries(journey: Journey, station: number): number {
  return journey.tries[station] ?? 0;
}

function sourceTries(
  journey: Journey,
  source: number,
  terms: ExchangeTerms,
): number {
  return terms.stations.reduce(
    (sum, one, station) =>
      one.source === source ? sum + tries(journey, station) : sum,
    0,
  );
}
