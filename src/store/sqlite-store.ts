import type {
  ClockAnchor,
  ExchangeRecord,
  ObserverRecord,
  RunRecord,
  SessionRecord,
} from "../model/record.js";
import { wallClock } from "../span/instant.js";
import { exchangeFailed } from "../span/outcome.js";
import { encodeExchange } from "./exchange-codec.js";
import { closeLostIn } from "./lost.js";
import { openForWriting } from "./open-database.js";
import { readTrace } from "./read-trace.js";
import type { RecordStore } from "./record-store.js";
import { pruneDatabase } from "./retention.js";
import { loadDriver } from "./sqlite-driver.js";
import type { Db, Driver } from "./sqlite-driver.js";
import { storedJson } from "./stored-json.js";
import { registerWriter, unregisterWriter } from "./writer-identity.js";

/** More sessions than run at once; beyond it the anchor is read back from the database. */
const ANCHORS_KEPT = 1_000;

/**
 * The store in a file. What dead processes left open is closed on the way.
 * @param driver for tests: how the native module is loaded
 * @throws GotapError STORE_NEWER, or the file system's or SQLite's error
 */
export function openSqliteStore(
  file: string,
  driver: () => Driver = loadDriver,
): RecordStore {
  const db = openForWriting(file, driver);
  try {
    closeLostIn(db);
    const writer = registerWriter(db);
    const write = writerOf(db, writer);
    return {
      state: "sqlite",
      write: (batch) => write.immediate(batch),
      trace: (ref) => readTrace(db, ref),
      pruneSteps: (retention, nowMs) => pruneDatabase(db, retention, nowMs),
      closeLost: () => closeLostIn(db),
      close() {
        if (!db.open) return;
        leave(db, writer);
        db.close();
      },
    };
  } catch (error) {
    db.close();
    throw error;
  }
}

/** On a disk that is full the row stays: its process ends, and that says the same. */
function leave(db: Db, writer: number): void {
  try {
    unregisterWriter(db, writer);
  } catch {
    // As above.
  }
}

function writerOf(db: Db, writer: number) {
  const statements = prepare(db);
  const anchors = new Map<string, ClockAnchor>();

  function remember(session: SessionRecord): void {
    if (anchors.size >= ANCHORS_KEPT) anchors.clear();
    anchors.set(session.sessionId, session.anchor);
  }

  function clockOf(exchange: ExchangeRecord): (atMs: number) => number {
    const { sessionId } = exchange;
    let anchor = anchors.get(sessionId);
    if (anchor === undefined) {
      const row = statements.sessionRecord.get(sessionId);
      if (row === undefined)
        statements.unknownSession.run(sessionId, Date.now() * 1000, writer);
      if (row?.record == null) return () => Date.now() * 1000;
      const session = storedJson(
        row.record,
        `session ${sessionId}`,
      ) as SessionRecord;
      remember(session);
      anchor = session.anchor;
    }
    return wallClock(anchor);
  }

  function put(record: ObserverRecord): void {
    switch (record.type) {
      case "run":
        statements.run.run(record.runId, ...timed(record, writer));
        return;
      case "session":
        statements.session.run(
          record.sessionId,
          record.runId ?? null,
          ...timed(record, writer),
        );
        remember(record);
        return;
      case "exchange": {
        const at = clockOf(record);
        const values = exchangeValues(record, at);
        if (statements.exchange.run(...values).changes > 0) return;
        // Its session was removed by another process after it ended, and something came of it all the same.
        anchors.delete(record.sessionId);
        statements.unknownSession.run(
          record.sessionId,
          at(record.startedAtMs),
          writer,
        );
        statements.exchange.run(...values);
      }
    }
  }

  return db.transaction((batch: readonly ObserverRecord[]) => {
    for (const record of batch) put(record);
  });
}

function timed(record: RunRecord | SessionRecord, writer: number) {
  const at = wallClock(record.anchor);
  return [
    record.traceId,
    at(record.startedAtMs),
    record.endedAtMs === undefined ? null : at(record.endedAtMs),
    writer,
    JSON.stringify(record),
  ] as const;
}

function exchangeValues(record: ExchangeRecord, at: (atMs: number) => number) {
  return [
    record.exchangeId,
    at(record.startedAtMs),
    record.endedAtMs === undefined ? null : at(record.endedAtMs),
    record.request.kind,
    record.host,
    record.status ?? null,
    exchangeFailed(record) ? 1 : 0,
    record.responseBytes,
    encodeExchange(record),
    record.sessionId,
  ] as const;
}

type Timed = [string, number, number | null, number, string];

function prepare(db: Db) {
  return {
    run: db.prepare<[string, ...Timed]>(`
      INSERT INTO runs (run_id, trace_id, started_at_us, ended_at_us, writer, record) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (run_id) DO UPDATE SET (trace_id, started_at_us, ended_at_us, writer, record) =
        (excluded.trace_id, excluded.started_at_us, excluded.ended_at_us, excluded.writer, excluded.record)`),
    session: db.prepare<[string, string | null, ...Timed]>(`
      INSERT INTO sessions (session_id, run_id, trace_id, started_at_us, ended_at_us, writer, record)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (session_id) DO UPDATE SET (run_id, trace_id, started_at_us, ended_at_us, writer, record) =
        (excluded.run_id, excluded.trace_id, excluded.started_at_us, excluded.ended_at_us, excluded.writer, excluded.record)`),
    unknownSession: db.prepare<[string, number, number]>(
      "INSERT OR IGNORE INTO sessions (session_id, started_at_us, writer) VALUES (?, ?, ?)",
    ),
    sessionRecord: db.prepare<[string], { record: string | null }>(
      "SELECT record FROM sessions WHERE session_id = ?",
    ),
    exchange: db.prepare<ReturnType<typeof exchangeValues>[number][]>(`
      INSERT INTO exchanges
        (session, exchange_id, started_at_us, ended_at_us, kind, host, status, failed, bytes, record)
      SELECT id, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM sessions WHERE session_id = ?
      ON CONFLICT (session, exchange_id) DO UPDATE SET
        (started_at_us, ended_at_us, kind, host, status, failed, bytes, record) =
        (excluded.started_at_us, excluded.ended_at_us, excluded.kind, excluded.host, excluded.status,
         excluded.failed, excluded.bytes, excluded.record)`),
  };
}
