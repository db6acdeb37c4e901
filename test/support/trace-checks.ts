import type { Span } from "../../src/model/span.js";
import type { OriginRequest } from "./origin-answer.js";
import type { ShownTrace } from "./gotap.js";

/** The SERVER spans of a trace: go's requests. */
export function serverSpans(trace: ShownTrace): Span[] {
  return trace.spans.filter((span) => span.kind === "SERVER");
}

export function clientSpans(trace: ShownTrace): Span[] {
  return trace.spans.filter((span) => span.kind === "CLIENT");
}

/** The phases of an attempt that happened, by name; of several addresses tried the last one. */
export function phasesOf(trace: ShownTrace, attempt: Span): Map<string, Span> {
  return new Map(
    trace.spans
      .filter((span) => span.parent_span_id === attempt.span_id)
      .map((span) => [String(span.attributes["gotap.phase"]), span]),
  );
}

/** The span of each session in the trace, by start. */
export function sessionSpans(trace: ShownTrace): Span[] {
  return trace.spans.filter(
    (span) =>
      span.kind === "INTERNAL" &&
      span.attributes["gotap.session.id"] !== undefined,
  );
}

/** How many requests of each kind. */
export function kinds(trace: ShownTrace): Record<string, number> {
  const result: Record<string, number> = {};
  for (const span of serverSpans(trace)) {
    const kind = String(span.attributes["gotap.go.kind"]);
    result[kind] = (result[kind] ?? 0) + 1;
  }
  return result;
}

/** Milliseconds; NaN while the span is open. */
export function durationMs(span: Span): number {
  if (span.end_unix_nano === null) return Number.NaN;
  return (
    Number(BigInt(span.end_unix_nano) - BigInt(span.start_unix_nano)) / 1e6
  );
}

/** Spans whose parent is not in the trace; the one root has none. */
export function orphans(trace: ShownTrace): Span[] {
  const ids = new Set(trace.spans.map((span) => span.span_id));
  const lost = trace.spans.filter(
    (span) => span.parent_span_id !== null && !ids.has(span.parent_span_id),
  );
  const roots = trace.spans.filter((span) => span.parent_span_id === null);
  return [...lost, ...roots.slice(1)];
}

/** The paths that an origin was asked for, sorted; to be equal to `spanPaths`. */
export function originPaths(requests: readonly OriginRequest[]): string[] {
  return requests
    .map((request) => `${request.method} ${request.path}`)
    .toSorted();
}

/** Method and path of each CLIENT span to this port, sorted. */
export function spanPaths(trace: ShownTrace, port: number): string[] {
  return clientSpans(trace)
    .filter((span) => span.attributes["server.port"] === port)
    .map((span) => {
      const url = new URL(String(span.attributes["url.full"]));
      return `${String(span.attributes["http.request.method"])} ${url.pathname}${url.search}`;
    })
    .toSorted();
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1
    ? upper
    : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
