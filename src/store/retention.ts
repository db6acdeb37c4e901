import type { PruneReport, Retention } from "./record-store.js";
import type { Db } from "./sqlite-driver.js";

/** A step ends after so many traces or so many of their exchanges, whichever comes first: some ten milliseconds. */
const TRACES_A_STEP = 50;
const EXCHANGES_A_STEP = 2_000;
/** Pages given back in one step: 2 MiB of 4 KiB pages. */
const PAGES_A_STEP = 512;
/** After a size limit was hit there is room for a while, so that not every new trace costs a search. */
const LEAVE_FREE = 0.1;

/** See RecordStore.pruneSteps. Each step is a transaction, and a trace is removed wholly in one. */
export function* pruneDatabase(
  db: Db,
  { maxAgeMs, maxBytes }: Retention,
  nowMs: number,
): Generator<undefined, PruneReport> {
  const before = sizeOf(db).fileBytes;
  const report: PruneReport = { traces: 0, exchanges: 0, bytesFreed: 0 };
  const oldestUs = maxAgeMs > 0 ? (nowMs - maxAgeMs) * 1000 : undefined;
  const tooLarge = maxBytes > 0 && sizeOf(db).usedBytes > maxBytes;
  const goalBytes = tooLarge
    ? maxBytes * (1 - LEAVE_FREE)
    : Number.POSITIVE_INFINITY;
  for (;;) {
    const removed = removeOldest(db, oldestUs, goalBytes);
    if (removed.traces === 0) break;
    report.traces += removed.traces;
    report.exchanges += removed.exchanges;
    yield;
  }
  while (sizeOf(db).freePages > 0) {
    const free = sizeOf(db).freePages;
    db.pragma(`incremental_vacuum(${PAGES_A_STEP})`);
    if (sizeOf(db).freePages >= free) break;
    yield;
  }
  // Only a checkpoint makes the file itself shorter; a reader that is looking puts it off to the next time.
  if (report.traces > 0) db.pragma("wal_checkpoint(TRUNCATE)");
  report.bytesFreed = Math.max(0, before - sizeOf(db).fileBytes);
  return report;
}

interface Size {
  fileBytes: number;
  usedBytes: number;
  freePages: number;
}

function sizeOf(db: Db): Size {
  const read = (name: string): number =>
    Number(db.pragma(name, { simple: true }));
  const pageBytes = read("page_size");
  const pages = read("page_count");
  const freePages = read("freelist_count");
  return {
    fileBytes: pages * pageBytes,
    usedBytes: (pages - freePages) * pageBytes,
    freePages,
  };
}

function removeOldest(
  db: Db,
  oldestUs: number | undefined,
  goalBytes: number,
): { traces: number; exchanges: number } {
  const removed = { traces: 0, exchanges: 0 };
  if (oldestUs === undefined && sizeOf(db).usedBytes <= goalBytes)
    return removed;
  db.transaction(() => {
    for (const trace of closedTraces(db)) {
      const isOld = oldestUs !== undefined && trace.lastUs < oldestUs;
      if (!isOld && sizeOf(db).usedBytes <= goalBytes) break;
      removed.exchanges += removeTrace(db, trace.id);
      removed.traces++;
      if (removed.exchanges >= EXCHANGES_A_STEP) break;
    }
  }).immediate();
  return removed;
}

/** The oldest traces in which nothing is open, by their last activity. A session whose record never came counts as one. */
function closedTraces(db: Db): { id: string; lastUs: number }[] {
  return db
    .prepare<[number], { id: string; lastUs: number }>(
      `
      SELECT id, max(at) AS lastUs FROM (
        SELECT coalesce(trace_id, session_id) AS id, coalesce(ended_at_us, started_at_us) AS at,
               ended_at_us IS NULL AS open FROM sessions
        UNION ALL
        SELECT trace_id, coalesce(ended_at_us, started_at_us), ended_at_us IS NULL FROM runs
        UNION ALL
        SELECT coalesce(s.trace_id, s.session_id), e.started_at_us, 1
        FROM exchanges e JOIN sessions s ON s.id = e.session WHERE e.ended_at_us IS NULL
      ) GROUP BY id HAVING max(open) = 0 ORDER BY lastUs LIMIT ?`,
    )
    .all(TRACES_A_STEP);
}

function removeTrace(db: Db, id: string): number {
  const mine = "(trace_id = @id OR (trace_id IS NULL AND session_id = @id))";
  const exchanges = db
    .prepare<{ id: string }>(
      `DELETE FROM exchanges WHERE session IN (SELECT id FROM sessions WHERE ${mine})`,
    )
    .run({ id }).changes;
  db.prepare<{ id: string }>(`DELETE FROM sessions WHERE ${mine}`).run({ id });
  db.prepare<{ id: string }>("DELETE FROM runs WHERE trace_id = @id").run({
    id,
  });
  return exchanges;
}
