import type { RetrySettings } from "../model/settings.js";

/** Tokens that can be saved up; a bucket starts full. */
const BURST = 3;
/** SPEC §4: "over any 20 requests a failing upstream sees at most 1.2 for each of go's". */
const WINDOW_REQUESTS = 20;
/** A retry that was held back so many `max_backoff`s goes all the same: the budget delays, it never refuses. */
const LONGEST_DELAYS = 6;
/** Five times 0.2 is one. */
const ROUNDING = 1e-9;

/** What one upstream origin may be asked again. Immutable. */
export interface RetryBudget {
  tokens: number;
  /** go's requests that came to this origin so far. */
  requests: number;
  lastRequestAtMs: number;
  /** The last retries, each as the number of requests there had been: as many as 20 requests pay for. */
  retriedAt: readonly number[];
}

type Terms = Pick<RetrySettings, "backoffMs" | "budget" | "maxBackoffMs">;

export const FULL_BUDGET: RetryBudget = {
  tokens: BURST,
  requests: 0,
  lastRequestAtMs: -Infinity,
  retriedAt: [],
};

/** One of go's requests is sent to this origin for the first time: it earns `budget` tokens. */
export function withRequest(
  state: RetryBudget,
  { budget }: Terms,
  nowMs: number,
): RetryBudget {
  return {
    ...state,
    tokens: Math.min(BURST, state.tokens + budget),
    requests: state.requests + 1,
    lastRequestAtMs: nowMs,
  };
}

/**
 * Asks for one retry at this origin: asked before each, and again when the wait that was told is over.
 *
 * A retry costs a token, and of any 20 consecutive requests at most `20 × budget` retries are paid for: a token bucket alone
 * lets its burst come on top (3 + 4 retries in the first 20 requests, 1.35 for each). Where there is no token, the retry waits
 * and asks again, as long as other requests come in, which may earn it one. Where none came in for twice the `backoff` (at most
 * `max_backoff`) it goes unpaid: so a lone request gets all its attempts, the first three retries after their backoff alone,
 * later ones with that pause before them. Held back for six `max_backoff`s, it goes unpaid too. What went unpaid still counts among the 20.
 * @param askedAtMs when this retry was asked for first
 * @returns `waitMs` 0: go, it is entered; else ask again after so long, at most `max_backoff`
 */
export function askRetry(
  state: RetryBudget,
  terms: Terms,
  askedAtMs: number,
  nowMs: number,
): { state: RetryBudget; waitMs: number } {
  const paidPerWindow = Math.floor(WINDOW_REQUESTS * terms.budget + ROUNDING);
  const isPaid = state.tokens + ROUNDING >= 1 && hasRoom(state, paidPerWindow);
  if (isPaid) return { state: withRetry(state, paidPerWindow, 1), waitMs: 0 };
  const quietSinceMs = Math.max(askedAtMs, state.lastRequestAtMs);
  const goesAtMs = Math.min(
    quietSinceMs + quietMs(terms),
    askedAtMs + LONGEST_DELAYS * terms.maxBackoffMs,
  );
  return nowMs >= goesAtMs
    ? { state: withRetry(state, paidPerWindow, 0), waitMs: 0 }
    : { state, waitMs: goesAtMs - nowMs };
}

/** A request that is alone waits no longer than a second retry would. */
function quietMs({ backoffMs, maxBackoffMs }: Terms): number {
  return Math.min(maxBackoffMs, 2 * backoffMs);
}

/** Whether one more keeps every 20 consecutive requests within what they pay for. */
function hasRoom(state: RetryBudget, paidPerWindow: number): boolean {
  if (paidPerWindow === 0) return false;
  const oldest = state.retriedAt.at(-paidPerWindow);
  return oldest === undefined || state.requests - oldest >= WINDOW_REQUESTS;
}

function withRetry(state: RetryBudget, kept: number, cost: 0 | 1): RetryBudget {
  return {
    ...state,
    tokens: state.tokens - cost,
    retriedAt:
      kept === 0 ? [] : [...state.retriedAt, state.requests].slice(-kept),
  };
}
