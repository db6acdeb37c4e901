import type { SessionRecord } from "../model/record.js";
import type { TraceRow } from "../model/trace.js";
import { rfc3339 } from "../span/instant.js";
import { storedJson } from "./stored-json.js";
import type { Db } from "./sqlite-driver.js";

export interface RowQuery {
  /** The newest so many; absent: all. */
  limit?: number;
  /** Sessions that began at this instant or later: milliseconds since 1970. */
  sinceUnixMs?: number;
  /** Only sessions with a failed request. */
  failed?: boolean;
  /** For the duration of what is open: milliseconds since 1970. */
  nowUnixMs: number;
}

interface SessionRow {
  id: number;
  trace_id: string;
  session_id: string;
  run_id: string | null;
  started_at_us: number;
  ended_at_us: number | null;
  record: string;
}

interface Counts {
  requests: number;
  failed: number;
  bytes: number;
  open: number;
}

/** The stored sessions, newest first. */
export function traceRows(db: Db, query: RowQuery): TraceRow[] {
  const counts = db.prepare<[number], Counts>(
    `SELECT count(*) AS requests, coalesce(sum(failed), 0) AS failed, coalesce(sum(bytes), 0) AS bytes,
            count(*) - count(ended_at_us) AS open
     FROM exchanges WHERE session = ?`,
  );
  const onlyFailed =
    query.failed === true
      ? "AND EXISTS (SELECT 1 FROM exchanges WHERE session = sessions.id AND failed = 1)"
      : "";
  const rows = db
    .prepare<[number, number], SessionRow>(
      `SELECT * FROM sessions WHERE record IS NOT NULL AND started_at_us >= ? ${onlyFailed}
       ORDER BY started_at_us DESC, id DESC LIMIT ?`,
    )
    .all((query.sinceUnixMs ?? 0) * 1000, query.limit ?? -1);
  return rows.map((row) => rowOf(row, counts.get(row.id), query.nowUnixMs));
}

function rowOf(
  row: SessionRow,
  counts: Counts | undefined,
  nowUnixMs: number,
): TraceRow {
  const session = storedJson(
    row.record,
    `session ${row.session_id}`,
  ) as SessionRecord;
  const endedAtUs = row.ended_at_us ?? nowUnixMs * 1000;
  return {
    trace_id: row.trace_id,
    session_id: row.session_id,
    run_id: row.run_id,
    command: session.command,
    started_at: rfc3339(row.started_at_us),
    duration_ms: Math.max(0, endedAtUs - row.started_at_us) / 1000,
    exit_code: session.exitCode ?? null,
    requests: counts?.requests ?? 0,
    failed: counts?.failed ?? 0,
    bytes: counts?.bytes ?? 0,
    open: counts?.open ?? 0,
    verdict: null,
  };
}
