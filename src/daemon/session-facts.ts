import type { ProcessInfo } from "../evidence/process-info.js";
import type { SessionRecord, StateChange } from "../model/record.js";
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

/** What is known of the session that a connection belongs to. */
export interface SessionFacts {
  command?: string;
  /** go's settings; absent where they could not be read. */
  goEnv?: Readonly<Record<string, string>>;
}

export function factsOf(session: SessionRecord | undefined): SessionFacts {
  if (session === undefined) return {};
  const { command, goEnv } = session;
  return { command, ...(goEnv === undefined ? {} : { goEnv }) };
}

/** Of one session: a flapping upstream must not fill the store. */
const MOST_CHANGES = 200;

/** Notes a change in a session's record. */
export function withChange(
  record: SessionRecord,
  change: Omit<StateChange, "spanId">,
): void {
  record.changes ??= [];
  record.changes.push({ spanId: newSpanId(), ...change });
  if (record.changes.length > MOST_CHANGES) record.changes.shift();
}
