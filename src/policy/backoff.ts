import type { RetrySettings } from "../model/settings.js";

/**
 * The pause before a retry: `backoff` before the first, doubled before each further one, at most `max_backoff`. Equal jitter:
 * half of it is fixed and half is random, so that clients that failed together do not come back together, and no pause is 0
 * unless `backoff` is. Where `backoff` has reached `max_backoff` from the start there is nothing to grow: the pause is exactly
 * `max_backoff`, without jitter (GOPROXY_RETRY: 1 s apart).
 * @param retryNumber 1 for the first retry
 * @param jitter a random number in [0, 1)
 */
export function backoffMs(
  retryNumber: number,
  terms: Pick<RetrySettings, "backoffMs" | "maxBackoffMs">,
  jitter: number,
): number {
  if (terms.backoffMs >= terms.maxBackoffMs) return terms.maxBackoffMs;
  const grown = terms.backoffMs * 2 ** (Math.max(1, retryNumber) - 1);
  const longest = Math.min(grown, terms.maxBackoffMs);
  return longest / 2 + (longest / 2) * jitter;
}
