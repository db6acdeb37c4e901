import type { Failure, FailureKind } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import type { RequestInfo } from "../model/request-kind.js";
import { failureSentence } from "./failure-sentence.js";
import { type TriedAttempt, triedLines } from "./tried-lines.js";
import { cutUtf8, utf8Length, visible } from "./visible-text.js";

export type { TriedAttempt } from "./tried-lines.js";

/** What go prints of an error's body (FACTS G8, cmd/go/internal/web/api.go). */
const MAX_LINES = 8;
const MAX_BYTES = 648;
/** Of one line: a long cause must leave room for what was tried. */
const MAX_LINE_BYTES = 240;

/** The command that shows a trace; what the last line of an answer tells people to type. */
export const EXPLAIN_COMMAND = "gotap show";

/** What go asked for. */
export interface FailedRequest {
  host: string;
  info: Pick<RequestInfo, "kind" | "modulePath" | "moduleVersion">;
}

export interface FailureAnswer {
  /**
   * 504 for a time limit, 503 where trying later helps, 403 for a forbidden address, else 502. Never 404 or 410: they would
   * make go fall through to the next entry of GOPROXY.
   */
  status: 403 | 502 | 503 | 504;
  /** text/plain; charset=utf-8: at most 8 lines and 648 bytes, no blank line, a newline at the end. */
  text: string;
  /** Retry-After in whole seconds, at least 1; only where it is known when to come back. */
  headers?: HeaderList;
}

/**
 * gotap's own answer where no attempt gave one (SPEC §4): the cause, what was asked for, what was tried, and the command
 * that shows more, in the few lines that go prints.
 * @param failure why go does not get what it asked for
 * @param tried the attempts in order; equal ones become one line, and the last lines are left out where there is no room
 * @param traceRef what EXPLAIN_COMMAND takes: a trace's or session's id, or a prefix of it
 * @param retryAfterMs until the breaker would let a try through
 */
export function failureAnswer(
  failure: Failure,
  request: FailedRequest,
  tried: readonly TriedAttempt[],
  traceRef: string,
  retryAfterMs?: number,
): FailureAnswer {
  const first = `gotap: ${failureSentence(failure, placeOf(failure, request, tried))}`;
  const subject = subjectOf(request);
  const lines = [first, ...(subject === undefined ? [] : [subject])];
  const end = cutUtf8(visible(`see: ${EXPLAIN_COMMAND} ${traceRef}`), 100);
  return {
    status: statusOf(failure.kind),
    text: fit(lines, triedLines(tried), end),
    ...(retryAfterMs === undefined ? {} : retryAfter(retryAfterMs)),
  };
}

/** Where the failure happened: with several sources not always where the last attempt went. */
function placeOf(
  failure: Failure,
  request: FailedRequest,
  tried: readonly TriedAttempt[],
): { host: string; way: string } {
  return (
    tried.findLast((one) => one.failure === failure) ??
    tried.findLast((one) => one.failure?.kind === failure.kind) ??
    tried.at(-1) ?? { host: request.host, way: "direct" }
  );
}

function subjectOf(request: FailedRequest): string | undefined {
  const { kind, modulePath, moduleVersion } = request.info;
  if (modulePath === undefined) return undefined;
  const version = moduleVersion === undefined ? "" : `@${moduleVersion}`;
  return `wanted: ${kind} of ${modulePath}${version}`;
}

function fit(
  first: readonly string[],
  tried: readonly { text: string; attempts: number }[],
  end: string,
): string {
  const lines: string[] = [];
  let left = MAX_BYTES - utf8Length(end) - 1;
  const add = (text: string) => {
    const line = cutUtf8(visible(text), MAX_LINE_BYTES);
    const bytes = utf8Length(line) + 1;
    if (bytes > left) return false;
    lines.push(line);
    left -= bytes;
    return true;
  };
  for (const line of first) add(line);
  // One line is kept for the end, one for saying that some were left out.
  const room = MAX_LINES - 1 - lines.length;
  const most = tried.length > room ? room - 1 : tried.length;
  const full = tried.slice(0, most).findIndex(({ text }) => !add(text));
  const missing = tried
    .slice(full < 0 ? most : full)
    .reduce((sum, { attempts }) => sum + attempts, 0);
  if (missing > 0) add(`and ${missing} more`);
  return [...lines, end, ""].join("\n");
}

function statusOf(kind: FailureKind): FailureAnswer["status"] {
  if (kind === "forbidden-address") return 403;
  if (kind === "stopped" || kind === "breaker-open") return 503;
  return kind.endsWith("-timeout") ? 504 : 502;
}

function retryAfter(ms: number): Pick<FailureAnswer, "headers"> {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return { headers: [["Retry-After", String(seconds)]] };
}
