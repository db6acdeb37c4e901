import type {
  ExchangeRecord,
  RunRecord,
  SessionRecord,
} from "../model/record.js";
import type { TraceRecords } from "../model/trace.js";
import { decodeExchange } from "./exchange-codec.js";
import { inOrder } from "./in-order.js";
import type { Db } from "./sqlite-driver.js";
import { storedJson } from "./stored-json.js";
import type { TraceRef } from "./trace-ref.js";

interface SessionRow {
  id: number;
  record: string;
}

interface ExchangeRow {
  exchange_id: string;
  host: string;
  status: number | null;
  bytes: number;
  record: string;
}

/** Reads a run, session or trace in one snapshot: what another process writes meanwhile is in it wholly or not at all. */
export function readTrace(db: Db, ref: TraceRef): TraceRecords | undefined {
  return db.transaction(() => readNow(db, ref))();
}

function readNow(db: Db, ref: TraceRef): TraceRecords | undefined {
  const rows = sessionRows(db, ref);
  const sessions = rows.map(
    (row) => storedJson(row.record, "a session") as SessionRecord,
  );
  const run = runOf(db, ref, sessions[0]);
  const traceId = sessions[0]?.traceId ?? run?.traceId;
  if (traceId === undefined) return undefined;
  const exchanges = rows.flatMap((row, index) =>
    exchangesOf(db, row.id, sessions[index]?.sessionId ?? ""),
  );
  return inOrder({
    traceId,
    ...(run === undefined ? {} : { run }),
    sessions,
    exchanges,
  });
}

function sessionRows(db: Db, ref: TraceRef): SessionRow[] {
  const [column, value] =
    ref.sessionId !== undefined
      ? ["session_id", ref.sessionId]
      : ref.runId !== undefined
        ? ["run_id", ref.runId]
        : ["trace_id", ref.traceId ?? ""];
  return db
    .prepare<[string], SessionRow>(
      `SELECT id, record FROM sessions WHERE ${column} = ? AND record IS NOT NULL ORDER BY started_at_us, id`,
    )
    .all(value);
}

/** A trace that a CI job began may hold several runs: the newest one is shown unless a run or session says which. */
function runOf(
  db: Db,
  ref: TraceRef,
  first: SessionRecord | undefined,
): RunRecord | undefined {
  const byTrace = ref.runId === undefined && ref.sessionId === undefined;
  const id = byTrace
    ? ref.traceId
    : ref.sessionId === undefined
      ? ref.runId
      : first?.runId;
  const row = db
    .prepare<[string], { record: string }>(
      `SELECT record FROM runs WHERE ${byTrace ? "trace_id" : "run_id"} = ? ORDER BY started_at_us DESC LIMIT 1`,
    )
    .get(id ?? "");
  return row === undefined
    ? undefined
    : (storedJson(row.record, `run ${id}`) as RunRecord);
}

export function exchangesOf(
  db: Db,
  session: number,
  sessionId: string,
): ExchangeRecord[] {
  return db
    .prepare<[number], ExchangeRow>(
      "SELECT exchange_id, host, status, bytes, record FROM exchanges WHERE session = ? ORDER BY id",
    )
    .all(session)
    .map((row) =>
      decodeExchange(row.record, {
        exchangeId: row.exchange_id,
        sessionId,
        host: row.host,
        status: row.status ?? undefined,
        bytes: row.bytes,
      }),
    );
}
