import type { ProcessInfo } from "../evidence/process-info.js";
import type { SpanRef } from "../model/span-ref.js";
import { sessionProcess } from "../session/client-process.js";
import type { FreshIds } from "../session/session-event.js";
import type { Identity } from "./identity.js";
import { newSpanId, newTraceId } from "./ids.js";
import type { Run } from "./run-book.js";
import { parseTraceparent } from "./traceparent.js";

/** The process that the session is about; `gotap run` itself, where the chain ends, is nobody's. */
export function processOf(
  identity: Identity | undefined,
  run: Run | undefined,
): ProcessInfo | undefined {
  const chain = identity?.chain.filter(({ pid }) => pid !== run?.record.pid);
  return chain && sessionProcess(chain);
}

export function parentOf(
  run: Run | undefined,
  identity: Identity | undefined,
): SpanRef | undefined {
  if (run !== undefined)
    return { traceId: run.record.traceId, spanId: run.record.spanId };
  return parseTraceparent(identity?.environ?.["TRACEPARENT"]);
}

export function freshIds(): FreshIds {
  return { sessionId: newSpanId(), traceId: newTraceId(), spanId: newSpanId() };
}
