import type { ExchangeRecord, RunRecord, SessionRecord } from "./record.js";

/** All that is known of one trace, or of one session of it: what spans, summaries and trees are made from. */
export interface TraceRecords {
  traceId: string;
  run?: RunRecord;
  /** By start. */
  sessions: SessionRecord[];
  /** By start; every one belongs to one of `sessions`. */
  exchanges: ExchangeRecord[];
}

/** One line of `gotap traces --json`: the names are SPEC §3's. */
export interface TraceRow {
  trace_id: string;
  session_id: string;
  run_id: string | null;
  command: string;
  /** RFC 3339, UTC, with milliseconds. */
  started_at: string;
  /** Up to now for an open session. */
  duration_ms: number;
  exit_code: number | null;
  requests: number;
  failed: number;
  /** Body bytes handed to the client. */
  bytes: number;
  /** Requests that are still open. */
  open: number;
  verdict: string | null;
}
