import { GotapError } from "../model/failure.js";
import type { Db } from "./sqlite-driver.js";
import type { TraceRef } from "./trace-ref.js";

/** What a TRACE or SESSION argument names; `traceId` is always there. */
export interface ResolvedRef extends TraceRef {
  traceId: string;
}

const MIN_PREFIX = 4;
const CANDIDATES_SHOWN = 8;

interface Candidate {
  kind: "run" | "session" | "trace";
  id: string;
  traceId: string;
}

/**
 * Finds what a person typed: a run id (also as `run-ID`), a session id, a trace id, a unique prefix of at least 4 digits of one, or
 * `last`: the newest run, or session without a run.
 * @throws GotapError STORE_EMPTY, TRACE_NOT_FOUND, TRACE_AMBIGUOUS (naming the candidates), all with exit code 1, or TRACE_PREFIX
 * (2)
 */
export function resolveRef(db: Db, typed: string): ResolvedRef {
  if (typed === "last") return newest(db);
  const prefix = typed.toLowerCase().replace(/^run-/, "");
  if (!/^[0-9a-f]+$/.test(prefix) || prefix.length < MIN_PREFIX)
    throw new GotapError(
      "TRACE_PREFIX",
      `${JSON.stringify(typed)} is no trace: it takes "last", or at least ${MIN_PREFIX} hex digits of a run, session or trace id`,
      "gotap traces lists them.",
      2,
    );
  const found = candidates(db, prefix);
  const exact = found.filter(({ id }) => id === prefix);
  const meant = widest(exact.length > 0 ? exact : found);
  const [first, second] = meant;
  if (first === undefined)
    throw new GotapError(
      "TRACE_NOT_FOUND",
      `nothing recorded has an id that begins with ${prefix}`,
      "gotap traces lists what there is.",
    );
  if (second === undefined) return refOf(first);
  const shown = meant
    .slice(0, CANDIDATES_SHOWN)
    .map(({ kind, id }) => `${kind} ${id}`);
  const more = meant.length > CANDIDATES_SHOWN ? ", …" : "";
  throw new GotapError(
    "TRACE_AMBIGUOUS",
    `${prefix} may be ${shown.join(", ")}${more}`,
    "Type more digits of the one that is meant.",
  );
}

function refOf({ kind, id, traceId }: Candidate): ResolvedRef {
  if (kind === "run") return { traceId, runId: id };
  if (kind === "session") return { traceId, sessionId: id };
  return { traceId };
}

/** A prefix of a trace and of the one run or session that it is made of is no riddle: the trace shows all. */
function widest(found: Candidate[]): Candidate[] {
  const whole = found.find(({ kind }) => kind === "trace");
  const oneTrace = found.every(({ traceId }) => traceId === whole?.traceId);
  return whole !== undefined && oneTrace ? [whole] : found;
}

function candidates(db: Db, prefix: string): Candidate[] {
  // A range, not LIKE: the indexes serve it.
  const range = { from: prefix, to: `${prefix}g` };
  return db
    .prepare<typeof range, Candidate>(
      `
      SELECT 'run' AS kind, run_id AS id, trace_id AS traceId FROM runs WHERE run_id >= @from AND run_id < @to
      UNION
      SELECT 'session', session_id, trace_id FROM sessions
      WHERE session_id >= @from AND session_id < @to AND record IS NOT NULL
      UNION
      SELECT 'trace', trace_id, trace_id FROM sessions WHERE trace_id >= @from AND trace_id < @to
      UNION
      SELECT 'trace', trace_id, trace_id FROM runs WHERE trace_id >= @from AND trace_id < @to
      ORDER BY kind, id LIMIT 100`,
    )
    .all(range);
}

function newest(db: Db): ResolvedRef {
  const found = db
    .prepare<[], Candidate>(
      `
      SELECT kind, id, traceId FROM (
        SELECT 'run' AS kind, run_id AS id, trace_id AS traceId, started_at_us AS at, id AS n FROM runs
        UNION ALL
        SELECT 'session', session_id, trace_id, started_at_us, id FROM sessions
        WHERE record IS NOT NULL AND (run_id IS NULL OR run_id NOT IN (SELECT run_id FROM runs))
      ) ORDER BY at DESC, n DESC LIMIT 1`,
    )
    .get();
  if (found === undefined) throw nothingRecorded();
  return refOf(found);
}

export function nothingRecorded(): GotapError {
  return new GotapError(
    "STORE_EMPTY",
    "nothing is recorded yet",
    "Try: gotap run -- go mod download",
  );
}
