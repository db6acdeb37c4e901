import type { RunRecord, SessionRecord } from "../model/record.js";
import { wallClock } from "../span/instant.js";
import { lastInstantMs } from "./last-instant.js";
import { exchangesOf } from "./read-trace.js";
import type { Db } from "./sqlite-driver.js";
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
  if (row.record === null) {
    // Its own record never came.
    db.prepare(
      "UPDATE sessions SET ended_at_us = started_at_us WHERE id = ?",
    ).run(row.id);
    return;
  }
  const session = JSON.parse(row.record) as SessionRecord;
  let endedAtMs = lastInstantMs(session);
  for (const exchange of exchangesOf(db, row.id, session.sessionId))
    endedAtMs = Math.max(endedAtMs, lastInstantMs(exchange));
  const closed: SessionRecord = { ...session, endedAtMs, lost: true };
  db.prepare(
    "UPDATE sessions SET ended_at_us = ?, record = ? WHERE id = ?",
  ).run(wallClock(session.anchor)(endedAtMs), JSON.stringify(closed), row.id);
}

/** After its sessions: a run lasted at least as long as they did. */
function closeRun(db: Db, row: OpenRow): void {
  const run = JSON.parse(row.record ?? "{}") as RunRecord;
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
