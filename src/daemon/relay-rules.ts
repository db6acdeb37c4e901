import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import { headerValue } from "../model/headers.js";
import type { RequestInfo } from "../model/request-kind.js";
import { backoffMs } from "../policy/backoff.js";
import { borrowedAnswer } from "../policy/borrowed-answer.js";
import { borrowedFields } from "../policy/borrowed-request.js";
import { retryAfterMs } from "../policy/retry-after.js";
import { statusClass } from "../policy/retry-class.js";
import type { Rules } from "../relay/options.js";
import { RetryBudgets } from "./retry-budgets.js";

export interface RelayRulesOptions {
  clock: Clock;
  /** What is wrong with a checksum database's answer; undefined where the answer needs no look. */
  note: (
    info: RequestInfo,
  ) => ((body: Uint8Array) => Failure | undefined) | undefined;
}

/** policy/'s rules about tries and answers, with the randomness, the wall clock and the memory that they need. */
export function relayRules({ clock, note }: RelayRulesOptions): Rules {
  const budgets = new RetryBudgets(clock);
  return {
    backoff: (retry, tries) =>
      tries === 0 ? 0 : backoffMs(tries, retry, Math.random()),
    askRetry: ({ source }, retry, askedAtMs) =>
      source.role === "offline"
        ? 0
        : budgets.askRetry(source.origin, retry, askedAtMs),
    sent: ({ source }, retry) => {
      if (source.role !== "offline") budgets.sent(source.origin, retry);
    },
    refusal(head) {
      const { headers, status } = head;
      if (!statusClass(status).elsewhere) return undefined;
      const value = headerValue(headers, "retry-after");
      const nowUnixMs = Number(clock.nowUnixNano() / 1_000_000n);
      const waitMs =
        value === undefined ? undefined : retryAfterMs(value, nowUnixMs);
      return {
        failure: { kind: "server-error", code: String(status) },
        ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
      };
    },
    borrowed: borrowedAnswer,
    borrowedHeaders: borrowedFields,
    note,
  };
}
