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

/** Failures of one host with one cause, folded into one. */
export interface FailureSummary {
  /** As in spans: a failure's kind, or an HTTP status. */
  error_type: string;
  host: string;
  phase: string | null;
  /** For a person; of the first one. */
  cause: string;
  count: number;
  /** Attempts that failed, of requests that got their answer from another one. */
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
      fold(found, exchange, exchange, whereFailed(exchange), false);
      continue;
    }
    for (const attempt of exchange.attempts) {
      // That a breaker let nothing through, and that a kept connection was gone, went wrong before.
      const isNews =
        attempt.failure?.kind !== "breaker-open" &&
        exchange.attempts[attempt.index + 1]?.reason !== "stale-connection";
      if (isNews && attemptErrorType(attempt, kind) !== undefined)
        fold(found, exchange, attempt, attempt, true);
    }
  }
  return [...found.values()].toSorted(
    (a, b) => Number(a.recovered) - Number(b.recovered),
  );
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
  found: Map<string, FailureSummary>,
  exchange: ExchangeRecord,
  { failure, status }: { failure?: Failure; status?: number },
  at: AttemptRecord | undefined,
  recovered: boolean,
): void {
  const type = errorTypeOf(failure, status, exchange.request.kind) ?? "";
  const { scheme, host, port } = at ?? exchange;
  const where =
    at === undefined ? shortHost(scheme, host, port) : sourceName(at);
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
        : failureText(failure) + answeredText(failure, at?.status),
    count: 1,
    recovered,
    requests: [title],
    span_id: spanIdOf(exchange.exchangeId),
  });
}

/** Which error a server answered with. */
function answeredText({ kind }: Failure, status: number | undefined): string {
  return kind === "server-error" && status !== undefined ? `: ${status}` : "";
}
