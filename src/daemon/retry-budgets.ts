import type { Clock } from "../model/clock.js";
import type { RetrySettings } from "../model/settings.js";
import type { Origin } from "../model/way.js";
import {
  askRetry,
  FULL_BUDGET,
  type RetryBudget,
  withRequest,
} from "../policy/retry-budget.js";

type Terms = Pick<RetrySettings, "backoffMs" | "budget" | "maxBackoffMs">;

/** Beyond it the one whose last request is the oldest is forgotten, which fills it up again. */
const MOST_ORIGINS = 1000;

/** What each upstream origin may be asked again, whichever way leads there. */
export class RetryBudgets {
  readonly #byOrigin = new Map<string, RetryBudget>();

  constructor(private readonly clock: Clock) {}

  /** One of go's requests is sent there for the first time. */
  sent(origin: Origin, terms: Terms): void {
    const key = keyOf(origin);
    const state = this.#byOrigin.get(key) ?? FULL_BUDGET;
    // Set anew: the map's order is that of the last requests.
    this.#byOrigin.delete(key);
    this.#byOrigin.set(key, withRequest(state, terms, this.clock.nowMs()));
    if (this.#byOrigin.size <= MOST_ORIGINS) return;
    for (const oldest of this.#byOrigin.keys()) {
      this.#byOrigin.delete(oldest);
      return;
    }
  }

  /** See policy/retry-budget.ts. @returns 0: it may go, and is counted; else ask again after so long */
  askRetry(origin: Origin, terms: Terms, askedAtMs: number): number {
    const key = keyOf(origin);
    const state = this.#byOrigin.get(key) ?? FULL_BUDGET;
    const asked = askRetry(state, terms, askedAtMs, this.clock.nowMs());
    this.#byOrigin.set(key, asked.state);
    return asked.waitMs;
  }
}

function keyOf({ scheme, host, port }: Origin): string {
  return `${scheme}://${host}:${port}`;
}
