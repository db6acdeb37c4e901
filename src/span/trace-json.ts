import type { Span } from "../model/span.js";
import type { TraceRecords } from "../model/trace.js";
import { microsOf, rfc3339 } from "./instant.js";
import { spansOf } from "./trace.js";

/** `gotap show --json`: the field names are SPEC §3's. */
export interface TraceJson {
  trace_id: string;
  /** The first session's; null where the run has seen no request. */
  session_id: string | null;
  run_id: string | null;
  /** The run's as typed, else the first session's. */
  command: string;
  /** RFC 3339, UTC, with milliseconds. */
  started_at: string;
  /** Of the run, else from the first session's start to the last one's end; up to now while it is open. */
  duration_ms: number;
  /** null where gotap is not the parent process, and while it runs. */
  exit_code: number | null;
  spans: Span[];
}

/**
 * @param nowUnixMs the wall clock, for what is still open; without it, that counts up to the latest instant on record
 */
export function traceJson(trace: TraceRecords, nowUnixMs?: number): TraceJson {
  const spans = spansOf(trace);
  const { run, sessions } = trace;
  const [first] = sessions;
  const extent = extentOf(spans, run?.spanId, nowUnixMs);
  return {
    trace_id: trace.traceId,
    session_id: first?.sessionId ?? null,
    run_id: run?.runId ?? first?.runId ?? null,
    command: run?.command.join(" ") ?? first?.command ?? "",
    started_at: rfc3339(extent.startUs),
    duration_ms: (extent.endUs - extent.startUs) / 1000,
    exit_code: (run ?? first)?.exitCode ?? null,
    spans,
  };
}

/** From the first start to the last end, in microseconds since 1970. */
function extentOf(
  spans: readonly Span[],
  runSpanId?: string,
  nowUnixMs?: number,
): { startUs: number; endUs: number; open: boolean } {
  const run = spans.find((span) => span.span_id === runSpanId);
  const counted = run === undefined ? spans : [run];
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = 0;
  let open = false;
  for (const span of counted) {
    startUs = Math.min(startUs, microsOf(span.start_unix_nano));
    if (span.end_unix_nano === null) open = true;
    else endUs = Math.max(endUs, microsOf(span.end_unix_nano));
  }
  if (open)
    for (const span of spans)
      endUs = Math.max(
        endUs,
        microsOf(span.end_unix_nano ?? span.start_unix_nano),
      );
  if (open && nowUnixMs !== undefined)
    endUs = Math.max(endUs, Math.round(nowUnixMs * 1000));
  if (startUs === Number.POSITIVE_INFINITY) startUs = 0;
  return { startUs, endUs: Math.max(startUs, endUs), open };
}
