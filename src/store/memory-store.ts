import type {
  ExchangeRecord,
  ObserverRecord,
  RunRecord,
  SessionRecord,
} from "../model/record.js";
import type { TraceRecords } from "../model/trace.js";
import { wallClock } from "../span/instant.js";
import { columnsOf, decodeExchange, encodeExchange } from "./exchange-codec.js";
import type { ExchangeIdentity } from "./exchange-codec.js";
import { inOrder } from "./in-order.js";
import type { PruneReport, RecordStore, Retention } from "./record-store.js";
import type { TraceRef } from "./trace-ref.js";

/** About 60,000 requests. */
const MEMORY_BYTES = 24 * 2 ** 20;
/** What an exchange takes beside its text: the map's entry, the identity's object. */
const OVERHEAD_BYTES = 250;

interface Kept {
  identity: ExchangeIdentity;
  text: string;
  open: boolean;
}

interface KeptSession {
  record?: SessionRecord;
  exchanges: Map<string, Kept>;
  openExchanges: number;
}

/**
 * The store where there is no file: what this process saw, lost with it.
 * @param maxBytes about what it may take. Beyond it the oldest ended sessions go, then the oldest ended requests of those that
 * are still open; open requests stay
 */
export function openMemoryStore(maxBytes = MEMORY_BYTES): RecordStore {
  const runs = new Map<string, RunRecord>();
  const sessions = new Map<string, KeptSession>();
  let bytes = 0;

  function sessionOf(sessionId: string): KeptSession {
    let session = sessions.get(sessionId);
    if (session === undefined) {
      session = { exchanges: new Map(), openExchanges: 0 };
      sessions.set(sessionId, session);
    }
    return session;
  }

  function forget(session: KeptSession, exchangeId: string): void {
    const kept = session.exchanges.get(exchangeId);
    if (kept === undefined) return;
    session.exchanges.delete(exchangeId);
    if (kept.open) session.openExchanges--;
    bytes -= kept.text.length + OVERHEAD_BYTES;
  }

  function putExchange(record: ExchangeRecord): void {
    const session = sessionOf(record.sessionId);
    const { exchangeId, sessionId } = record;
    forget(session, exchangeId);
    const open = record.endedAtMs === undefined;
    const text = encodeExchange(record);
    const identity = { exchangeId, sessionId, ...columnsOf(record) };
    session.exchanges.set(exchangeId, { identity, text, open });
    if (open) session.openExchanges++;
    bytes += text.length + OVERHEAD_BYTES;
  }

  function put(record: ObserverRecord): void {
    // Copies: the caller may go on changing what it handed in.
    if (record.type === "run") runs.set(record.runId, structuredClone(record));
    else if (record.type === "session")
      sessionOf(record.sessionId).record = structuredClone(record);
    else putExchange(record);
  }

  function remove(sessionId: string, session: KeptSession): number {
    const count = session.exchanges.size;
    for (const exchangeId of session.exchanges.keys())
      forget(session, exchangeId);
    sessions.delete(sessionId);
    const runId = session.record?.runId;
    const left = [...sessions.values()].some(
      (other) => other.record?.runId === runId,
    );
    if (
      runId !== undefined &&
      !left &&
      runs.get(runId)?.endedAtMs !== undefined
    )
      runs.delete(runId);
    return count;
  }

  function makeRoom(): void {
    for (const [sessionId, session] of sessions) {
      if (bytes <= maxBytes) return;
      if (isClosed(session)) remove(sessionId, session);
    }
    for (const session of sessions.values())
      for (const [exchangeId, kept] of session.exchanges) {
        if (bytes <= maxBytes) return;
        if (!kept.open) forget(session, exchangeId);
      }
  }

  return {
    state: "memory",
    write(batch) {
      for (const record of batch) put(record);
      if (bytes > maxBytes) makeRoom();
    },
    trace: (ref) => traceOf(runs, sessions, ref),
    *pruneSteps(
      { maxAgeMs }: Retention,
      nowMs,
    ): Generator<undefined, PruneReport> {
      const report = { traces: 0, exchanges: 0, bytesFreed: 0 };
      const before = bytes;
      for (const [sessionId, session] of sessions) {
        if (maxAgeMs <= 0 || !isClosed(session)) continue;
        if (endedAtUs(session) >= (nowMs - maxAgeMs) * 1000) continue;
        report.exchanges += remove(sessionId, session);
        report.traces++;
        yield;
      }
      report.bytesFreed = before - bytes;
      return report;
    },
    closeLost() {},
    close() {},
  };
}

function isClosed(session: KeptSession): boolean {
  return session.record?.endedAtMs !== undefined && session.openExchanges === 0;
}

function endedAtUs({ record }: KeptSession): number {
  if (record?.endedAtMs === undefined) return Number.POSITIVE_INFINITY;
  return wallClock(record.anchor)(record.endedAtMs);
}

function traceOf(
  runs: Map<string, RunRecord>,
  sessions: Map<string, KeptSession>,
  ref: TraceRef,
): TraceRecords | undefined {
  const kept = [...sessions.values()].filter(
    ({ record }) => record !== undefined && matches(record, ref),
  );
  const records = kept
    .map(({ record }) => record)
    .filter((record) => record !== undefined);
  const run = runOf(runs, ref, records[0]);
  const traceId = records[0]?.traceId ?? run?.traceId;
  if (traceId === undefined) return undefined;
  return inOrder({
    traceId,
    ...(run === undefined ? {} : { run: structuredClone(run) }),
    sessions: structuredClone(records),
    exchanges: kept.flatMap(({ exchanges }) =>
      [...exchanges.values()].map(({ text, identity }) =>
        decodeExchange(text, identity),
      ),
    ),
  });
}

function matches(session: SessionRecord, ref: TraceRef): boolean {
  if (ref.sessionId !== undefined) return session.sessionId === ref.sessionId;
  if (ref.runId !== undefined) return session.runId === ref.runId;
  return session.traceId === ref.traceId;
}

function runOf(
  runs: Map<string, RunRecord>,
  ref: TraceRef,
  first: SessionRecord | undefined,
): RunRecord | undefined {
  if (ref.sessionId !== undefined) return runs.get(first?.runId ?? "");
  if (ref.runId !== undefined) return runs.get(ref.runId);
  return [...runs.values()].findLast((run) => run.traceId === ref.traceId);
}
