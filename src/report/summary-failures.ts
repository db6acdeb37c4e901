import type { Failure } from "../model/failure.js";
import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import { spanIdOf } from "../model/span-ref.js";
import {
  attemptErrorType,
  errorTypeOf,
  exchangeFailed,
} from "../span/outcome.js";
import { failureText } from "./failure-text.js";
import { requestTitle, shortHost } from "./request-title.js";
import { sourceName } from "./summary-recovered.js";

/** Failures of one host with one cause and one limit, folded into one. */
export interface FailureSummary {
  /** As in spans: a failure's kind, or an HTTP status. */
  error_type: string;
  host: string;
  phase: string | null;
  /** For a person; of the first one. */
  cause: string;
  /** Attempts where the request itself did not fail, else requests. */
  count: number;
  /** What became of the requests. */
  outcome: FailureOutcome;
  /** `outcome` is `recovered`. */
  recovered: boolean;
  /** Titles of the first three. */
  requests: string[];
  /** How many different titles there are. */
  distinct_requests: number;
  /** The SERVER span of the first. */
  span_id: string;
}

/** Of requests: did not get their answer; got it from another attempt; were given up by the client; are not done yet. */
export type FailureOutcome = "failed" | "recovered" | "cancelled" | "open";

const TITLES_KEPT = 3;

interface Folded {
  summary: FailureSummary;
  titles: Set<string>;
}

/** In order of their first appearance, what go noticed before what it did not. */
export function summarizeFailures(
  exchanges: readonly ExchangeRecord[],
): FailureSummary[] {
  const found = new Map<string, Folded>();
  for (const exchange of exchanges) {
    const { kind } = exchange.request;
    if (exchangeFailed(exchange)) {
      fold(found, exchange, exchange, whereFailed(exchange), "failed");
      continue;
    }
    for (const attempt of exchange.attempts) {
      // That a breaker let nothing through, and that a kept connection was gone, went wrong before.
      const isNews =
        attempt.failure?.kind !== "breaker-open" &&
        exchange.attempts[attempt.index + 1]?.reason !== "stale-connection";
      if (isNews && attemptErrorType(attempt, kind) !== undefined)
        fold(found, exchange, attempt, attempt, outcomeOf(exchange));
    }
  }
  return [...found.values()]
    .map(({ summary, titles }) => ({
      ...summary,
      requests: [...titles].slice(0, TITLES_KEPT),
      distinct_requests: titles.size,
    }))
    .toSorted((a, b) => Number(isUnnoticed(a)) - Number(isUnnoticed(b)));
}

function isUnnoticed({ outcome }: FailureSummary): boolean {
  return outcome !== "failed";
}

/** Of a request that did not fail: answered is what has a status and its end, and was waited for. */
function outcomeOf({
  endedAtMs,
  failure,
  status,
}: ExchangeRecord): FailureOutcome {
  if (failure?.kind === "client-gone") return "cancelled";
  if (endedAtMs === undefined) return "open";
  const isAnswered = failure === undefined && status !== undefined;
  return isAnswered && status < 500 ? "recovered" : "failed";
}

/** The last attempt that failed as the request did: with several sources not always the last one. */
function whereFailed({
  attempts,
  failure,
}: ExchangeRecord): AttemptRecord | undefined {
  return (
    attempts.findLast((one) => one.failure?.kind === failure?.kind) ??
    attempts.at(-1)
  );
}

function fold(
  found: Map<string, Folded>,
  exchange: ExchangeRecord,
  { failure, status }: { failure?: Failure; status?: number },
  at: AttemptRecord | undefined,
  outcome: FailureOutcome,
): void {
  const type = errorTypeOf(failure, status, exchange.request.kind) ?? "";
  const { scheme, host, port } = at ?? exchange;
  const where =
    at === undefined ? shortHost(scheme, host, port) : sourceName(at);
  const key = [
    type,
    where,
    failure?.phase,
    failure?.code,
    failure?.limitMs,
    outcome,
  ].join(" ");
  const title = requestTitle(exchange);
  const before = found.get(key);
  if (before !== undefined) {
    before.summary.count++;
    before.titles.add(title);
    return;
  }
  const summary = {
    error_type: type,
    host: where,
    phase: failure?.phase ?? null,
    cause:
      failure === undefined
        ? `answered ${status ?? "nothing"}`
        : failureText(failure) + answeredText(failure, at?.status),
    count: 1,
    outcome,
    recovered: outcome === "recovered",
    requests: [],
    distinct_requests: 0,
    span_id: spanIdOf(exchange.exchangeId),
  };
  found.set(key, { summary, titles: new Set([title]) });
}

/** Which error a server answered with. */
function answeredText({ kind }: Failure, status: number | undefined): string {
  return kind === "server-error" && status !== undefined ? `: ${status}` : "";
}
