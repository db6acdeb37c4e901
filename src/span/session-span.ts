import type { RunRecord, SessionRecord } from "../model/record.js";
import type { AttributeValue, Span } from "../model/span.js";
import { ATTR, ATTR_PREFIX } from "./attributes.js";
import { nanoText, wallClock } from "./instant.js";

/** go's commands that are two words long. */
const TWO_WORDS = new Set(["mod", "work"]);

/** The root span of a run's trace; its parent is TRACEPARENT's, or null. */
export function spanOfRun(run: RunRecord): Span {
  const attributes: Record<string, AttributeValue> = {
    [ATTR.runId]: run.runId,
    [ATTR.command]: run.command.join(" "),
    [ATTR.processArgs]: run.command,
    [ATTR.processDirectory]: run.cwd,
    [ATTR.processPid]: run.pid,
  };
  if (run.signal !== undefined) attributes[ATTR.signal] = run.signal;
  return {
    trace_id: run.traceId,
    span_id: run.spanId,
    parent_span_id: run.parentSpanId ?? null,
    name: `run ${commandName(run.command)}`,
    kind: "INTERNAL",
    ...times(run),
    status: exitStatus(attributes, run.exitCode, run.signal),
    attributes,
    links: [],
  };
}

/** A session hangs under its run, under TRACEPARENT's span, or begins its trace (parent null). */
export function spanOfSession(session: SessionRecord): Span {
  const attributes: Record<string, AttributeValue> = {
    [ATTR.sessionId]: session.sessionId,
    [ATTR.command]: session.command,
  };
  if (session.runId !== undefined) attributes[ATTR.runId] = session.runId;
  if (session.pid !== undefined) attributes[ATTR.processPid] = session.pid;
  if (session.cwd !== undefined)
    attributes[ATTR.processDirectory] = session.cwd;
  if (session.goVersion !== undefined)
    attributes[ATTR.goVersion] = session.goVersion;
  if (session.lost === true) attributes[ATTR.lost] = true;
  for (const [name, value] of Object.entries(session.goEnv ?? {}))
    attributes[ATTR_PREFIX.goEnv + name] = value;
  return {
    trace_id: session.traceId,
    span_id: session.spanId,
    parent_span_id: session.parentSpanId ?? null,
    name: session.command,
    kind: "INTERNAL",
    ...times(session),
    status: exitStatus(attributes, session.exitCode, undefined),
    attributes,
    links: [],
  };
}

/** `go mod download`, `make`: the program and, for go, its command; never an argument. */
function commandName(argv: readonly string[]): string {
  const program = (argv[0] ?? "").replace(/^.*[/\\]/, "").replace(/\.exe$/, "");
  if (program !== "go") return program;
  const [, first, second] = argv;
  const words = [program, first, TWO_WORDS.has(first ?? "") ? second : ""];
  return words.filter((word) => /^[a-z]+$/.test(word ?? "")).join(" ");
}

function times(
  record: RunRecord | SessionRecord,
): Pick<Span, "start_unix_nano" | "end_unix_nano"> {
  const at = wallClock(record.anchor);
  const { startedAtMs, endedAtMs } = record;
  return {
    start_unix_nano: nanoText(at(startedAtMs)),
    end_unix_nano:
      endedAtMs === undefined
        ? null
        : nanoText(at(Math.max(endedAtMs, startedAtMs))),
  };
}

/** OpenTelemetry's conventions for CLI programs: an exit code other than 0 is an error. */
function exitStatus(
  attributes: Record<string, AttributeValue>,
  exitCode: number | undefined,
  signal: string | undefined,
): Span["status"] {
  if (exitCode !== undefined) attributes[ATTR.processExitCode] = exitCode;
  if (signal !== undefined) {
    attributes[ATTR.errorType] = signal;
    return { code: "ERROR", message: `ended by ${signal}` };
  }
  if (exitCode === undefined || exitCode === 0) return { code: "UNSET" };
  attributes[ATTR.errorType] = String(exitCode);
  return { code: "ERROR", message: `exit code ${exitCode}` };
}
