import type { Failure } from "../model/failure.js";
import type { ExchangeRecord } from "../model/record.js";
import { spanIdOf } from "../model/span-ref.js";
import { errorTypeOf, exchangeFailed } from "../span/outcome.js";
import { failureText } from "./failure-text.js";
import { requestTitle, shortHost } from "./request-title.js";

/** Failures of one host with one cause, folded into one. */
export interface FailureSummary {
  /** As in spans: a failure's kind, or an HTTP status. */
  error_type: string;
  host: string;
  phase: string | null;
  /** For a person; of the first one. */
  cause: string;
  count: number;
  /** Attempts that failed, of requests that got their answer from a later one. */
  recovered: boolean;
  /** Titles of the first three. */
  requests: string[];
  /** The SERVER span of the first. */
  span_id: string;
}

const TITLES_KEPT = 3;

/** In order of their first appearance, what go noticed before what it did not. */
export function summarizeFailures(
  exchanges: readonly ExchangeRecord[],
): FailureSummary[] {
  const found = new Map<string, FailureSummary>();
  for (const exchange of exchanges) {
    const { kind } = exchange.request;
    if (exchangeFailed(exchange)) {
      const { failure, status } = exchange;
      fold(found, exchange, failure, status, false);
      continue;
    }
    for (const attempt of exchange.attempts)
      if (errorTypeOf(attempt.failure, attempt.status, kind) !== undefined)
        fold(found, exchange, attempt.failure, attempt.status, true);
  }
  return [...found.values()].toSorted(
    (a, b) => Number(a.recovered) - Number(b.recovered),
  );
}

function fold(
  found: Map<string, FailureSummary>,
  exchange: ExchangeRecord,
  failure: Failure | undefined,
  status: number | undefined,
  recovered: boolean,
): void {
  const type = errorTypeOf(failure, status, exchange.request.kind) ?? "";
  const { scheme, host, port } = exchange.attempts.at(-1) ?? exchange;
  const where = shortHost(scheme, host, port);
  const key = [type, where, failure?.phase, failure?.code, recovered].join(" ");
  const title = requestTitle(exchange);
  const before = found.get(key);
  if (before !== undefined) {
    before.count++;
    if (
      before.requests.length < TITLES_KEPT &&
      !before.requests.includes(title)
    )
      before.requests.push(title);
    return;
  }
  found.set(key, {
    error_type: type,
    host: where,
    phase: failure?.phase ?? null,
    cause:
      failure === undefined
        ? `answered ${status ?? "nothing"}`
        : failureText(failure),
    count: 1,
    recovered,
    requests: [title],
    span_id: spanIdOf(exchange.exchangeId),
  });
}
