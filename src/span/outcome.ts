import type { Failure, FailureKind } from "../model/failure.js";
import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import type { RequestKind } from "../model/request-kind.js";
import type { AttributeValue, Span } from "../model/span.js";
import { ATTR } from "./attributes.js";

/**
 * Whether a status says that go did not get what it asked for. 404 and 410 never do: they are how a module proxy says
 * "not here", a proxy without a checksum database says "not me", and a host says "no go-get here". Neither does 401 to
 * git, which then sends its credentials, nor any 4xx of requests that are none of go's.
 */
function isErrorStatus(status: number, kind: RequestKind): boolean {
  if (status >= 500) return true;
  if (status < 400 || status === 404 || status === 410) return false;
  if (kind === "other") return false;
  const isGit = kind === "git-refs" || kind === "git-upload-pack";
  return !(isGit && status === 401);
}

/** Ends that are nobody's fault. */
const NO_FAULT: ReadonlySet<FailureKind> = new Set([
  "client-gone",
  "overtaken",
]);

/**
 * `error.type` as SPEC §3 defines it: the failure's kind, else the status as digits.
 * @returns undefined where the answer is an answer; a client that went away is one
 */
export function errorTypeOf(
  failure: Failure | undefined,
  status: number | undefined,
  kind: RequestKind,
): string | undefined {
  if (failure !== undefined && !NO_FAULT.has(failure.kind)) return failure.kind;
  if (status !== undefined && isErrorStatus(status, kind))
    return String(status);
  return undefined;
}

/**
 * The same of one attempt or of a phase: that a mirror does not have it is an answer, like the 404 of the host that go named.
 */
export function attemptErrorType(
  { failure, status }: Pick<AttemptRecord, "failure" | "status">,
  kind: RequestKind,
): string | undefined {
  return failure?.kind === "not-there"
    ? undefined
    : errorTypeOf(failure, status, kind);
}

/** Whether this exchange counts as failed: in summaries, in `traces`, and as ERROR on its SERVER span. */
export function exchangeFailed(exchange: ExchangeRecord): boolean {
  return (
    errorTypeOf(exchange.failure, exchange.status, exchange.request.kind) !==
    undefined
  );
}

/** Adds `error.type` and the failure's facts to `attributes`, where there are some, and gives the span's status. */
export function describeOutcome(
  attributes: Record<string, AttributeValue>,
  failure: Failure | undefined,
  errorType: string | undefined,
): Span["status"] {
  if (failure?.kind === "client-gone") attributes[ATTR.clientGone] = true;
  if (failure?.phase !== undefined)
    attributes[ATTR.failurePhase] = failure.phase;
  if (failure?.code !== undefined) attributes[ATTR.failureCode] = failure.code;
  if (failure?.limitMs !== undefined)
    attributes[ATTR.failureLimit] = failure.limitMs;
  if (errorType === undefined) return { code: "UNSET" };
  attributes[ATTR.errorType] = errorType;
  return failure?.cause === undefined
    ? { code: "ERROR" }
    : { code: "ERROR", message: failure.cause };
}
