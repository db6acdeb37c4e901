import type {
  ExchangeRecord,
  RunRecord,
  SessionRecord,
} from "../model/record.js";
import { wallClock } from "../span/instant.js";
import { lastInstantMs } from "./last-instant.js";
import { exchangesOf } from "./read-trace.js";
import type { Db } from "./sqlite-driver.js";
import { storedJson } from "./stored-json.js";
import { liveWriters } from "./writer-identity.js";

/** Whether something is open whose writer is gone. Reads only. */
export function hasLost(db: Db): boolean {
  return lostRows(db, "sessions").length + lostRows(db, "runs").length > 0;
}

/**
 * Ends what writers left open that run no more: kill -9, a crash, a machine without power. A session gets `lost` and ends at the
 * last instant that is known of it; its open exchanges stay as they were told, and src/span ends them with their session.
 */
export function closeLostIn(db: Db): void {
  if (!hasLost(db)) return;
  db.transaction(() => {
    for (const row of lostRows(db, "sessions")) closeSession(db, row);
    for (const row of lostRows(db, "runs")) closeRun(db, row);
    const alive = JSON.stringify(liveWriters(db));
    db.prepare(
      "DELETE FROM writers WHERE id NOT IN (SELECT value FROM json_each(?))",
    ).run(alive);
  }).immediate();
}

interface OpenRow {
  id: number;
  record: string | null;
}

function lostRows(db: Db, table: "sessions" | "runs"): OpenRow[] {
  const stillOpen =
    table === "runs"
      ? ""
      : "OR id IN (SELECT session FROM exchanges WHERE ended_at_us IS NULL)";
  return db
    .prepare<[string], OpenRow>(
      `SELECT id, record FROM ${table} WHERE (ended_at_us IS NULL ${stillOpen})
       AND writer NOT IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(liveWriters(db)));
}

function closeSession(db: Db, row: OpenRow): void {
  db.prepare(
    "UPDATE exchanges SET ended_at_us = started_at_us WHERE session = ? AND ended_at_us IS NULL",
  ).run(row.id);
  const session = storedOrNothing(row.record) as SessionRecord | undefined;
  if (session === undefined) {
    db.prepare(
      "UPDATE sessions SET ended_at_us = started_at_us WHERE id = ?",
    ).run(row.id);
    return;
  }
  let endedAtMs = lastInstantMs(session);
  for (const exchange of readable(db, row.id, session.sessionId))
    endedAtMs = Math.max(endedAtMs, lastInstantMs(exchange));
  const closed: SessionRecord = { ...session, endedAtMs, lost: true };
  db.prepare(
    "UPDATE sessions SET ended_at_us = ?, record = ? WHERE id = ?",
  ).run(wallClock(session.anchor)(endedAtMs), JSON.stringify(closed), row.id);
}

/** After its sessions: a run lasted at least as long as they did. */
function closeRun(db: Db, row: OpenRow): void {
  const run = storedOrNothing(row.record) as RunRecord | undefined;
  if (run === undefined) {
    db.prepare("UPDATE runs SET ended_at_us = started_at_us WHERE id = ?").run(
      row.id,
    );
    return;
  }
  const at = wallClock(run.anchor);
  const last = db
    .prepare<[string], { us: number | null }>(
      "SELECT max(ended_at_us) AS us FROM sessions WHERE run_id = ?",
    )
    .get(run.runId);
  const endedAtUs = Math.max(last?.us ?? 0, at(lastInstantMs(run)));
  const endedAtMs = run.startedAtMs + (endedAtUs - at(run.startedAtMs)) / 1000;
  const closed: RunRecord = { ...run, endedAtMs };
  db.prepare("UPDATE runs SET ended_at_us = ?, record = ? WHERE id = ?").run(
    endedAtUs,
    JSON.stringify(closed),
    row.id,
  );
}

/** Nothing where the record never came, or cannot be read: that must not keep the store from opening. */
function storedOrNothing(text: string | null): unknown {
  try {
    return text === null ? undefined : storedJson(text, "a record");
  } catch {
    return undefined;
  }
}

function readable(
  db: Db,
  session: number,
  sessionId: string,
): ExchangeRecord[] {
  try {
    return exchangesOf(db, session, sessionId);
  } catch {
    return [];
  }
}
