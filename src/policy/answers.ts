import type { Failure, FailureKind } from "../model/failure.js";
import type { RequestInfo } from "../model/request-kind.js";
import { duration, failureSentence } from "./failure-sentence.js";
import { cutUtf8, utf8Length, visible } from "./visible-text.js";

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

/** One attempt that failed. */
export interface TriedAttempt {
  host: string;
  /** `Way.name`. */
  way: string;
  failure: Failure;
  tookMs: number;
}

export interface FailureAnswer {
  /** Never 404 or 410: they would make go fall through to the next entry of GOPROXY. */
  status: 403 | 502 | 503 | 504;
  /** text/plain; charset=utf-8: at most 8 lines and 648 bytes, no blank line, a newline at the end. */
  text: string;
}

/**
 * gotap's own answer where no attempt gave one (SPEC §4): the cause, what was asked for, what was tried, and the command
 * that shows more, in the few lines that go prints.
 * @param failure why go does not get what it asked for
 * @param tried the attempts in order; the last ones are left out where there is no room
 * @param traceRef what EXPLAIN_COMMAND takes: a trace's or session's id, or a prefix of it
 */
export function failureAnswer(
  failure: Failure,
  request: FailedRequest,
  tried: readonly TriedAttempt[],
  traceRef: string,
): FailureAnswer {
  const last = tried.at(-1);
  const place = last ?? { host: request.host, way: "direct" };
  const first = `gotap: ${failureSentence(failure, place)}`;
  const subject = subjectOf(request);
  const lines = [first, ...(subject === undefined ? [] : [subject])];
  const end = cutUtf8(visible(`see: ${EXPLAIN_COMMAND} ${traceRef}`), 100);
  return {
    status: statusOf(failure.kind),
    text: fit(lines, tried.map(triedLine), end),
  };
}

function subjectOf(request: FailedRequest): string | undefined {
  const { kind, modulePath, moduleVersion } = request.info;
  if (modulePath === undefined) return undefined;
  const version = moduleVersion === undefined ? "" : `@${moduleVersion}`;
  return `wanted: ${kind} of ${modulePath}${version}`;
}

function triedLine(attempt: TriedAttempt): string {
  const way = attempt.way === "direct" ? "" : ` through ${attempt.way}`;
  return `tried: ${attempt.host}${way}: ${attempt.failure.kind} after ${duration(attempt.tookMs)}`;
}

function fit(
  first: readonly string[],
  tried: readonly string[],
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
  const shown = tried.length > room ? room - 1 : tried.length;
  const count = tried.slice(0, shown).findIndex((line) => !add(line));
  const missing = tried.length - (count < 0 ? shown : count);
  if (missing > 0) add(`and ${missing} more`);
  return [...lines, end, ""].join("\n");
}

function statusOf(kind: FailureKind): FailureAnswer["status"] {
  if (kind === "forbidden-address") return 403;
  if (kind === "stopped") return 503;
  return kind.endsWith("-timeout") ? 504 : 502;
}
