import type { ExchangeRecord, SessionRecord } from "../model/record.js";
import type { Span } from "../model/span.js";
import type { TraceRecords } from "../model/trace.js";
import { spansOfChanges } from "./change-spans.js";
import { spansOfExchange } from "./exchange-spans.js";
import { spanOfRun, spanOfSession } from "./session-span.js";

/**
 * All spans of a trace, unfinished ones too: the run, then each session followed by its changes and its exchanges, each with its attempts
 * and phases. Parents stand before their children, and every parent that is no other program's span (TRACEPARENT) is there.
 *
 * A session whose run is not among the records begins the trace here; an exchange whose session is not is left out, since
 * nothing says what its instants mean.
 */
export function spansOf(trace: TraceRecords): Span[] {
  const spans: Span[] = [];
  if (trace.run !== undefined) spans.push(spanOfRun(trace.run));
  const bySession = new Map<string, ExchangeRecord[]>();
  for (const exchange of trace.exchanges) {
    const list = bySession.get(exchange.sessionId);
    if (list === undefined) bySession.set(exchange.sessionId, [exchange]);
    else list.push(exchange);
  }
  for (const session of trace.sessions) {
    spans.push(sessionIn(trace, session), ...spansOfChanges(session));
    for (const exchange of bySession.get(session.sessionId) ?? [])
      for (const span of spansOfExchange(session, exchange)) spans.push(span);
  }
  return spans;
}

function sessionIn(trace: TraceRecords, session: SessionRecord): Span {
  const span = spanOfSession(session);
  const runIsMissing = session.runId !== undefined && trace.run === undefined;
  if (runIsMissing) span.parent_span_id = null;
  return span;
}
