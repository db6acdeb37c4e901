import type { ObserverRecord } from "../model/record.js";
import type { TraceRecords } from "../model/trace.js";
import type { TraceRef } from "./trace-ref.js";

/** What is thrown away: whole traces, the oldest first, never one that is open. */
export interface Retention {
  /** Traces whose last activity is older; 0 keeps all. */
  maxAgeMs: number;
  /** What the traces may take, in bytes; 0 is no limit. Above it the oldest go until a tenth of it is free. */
  maxBytes: number;
}

export interface PruneReport {
  traces: number;
  exchanges: number;
  /** Given back to the file system. */
  bytesFreed: number;
}

/** Where records are kept. All calls are synchronous; several processes may write one file. */
export interface RecordStore {
  readonly state: "sqlite" | "memory";
  /**
   * All of the batch is stored, in one transaction, or the call throws and none of it is. A record replaces the one with
   * its id. A session's record should stand before its exchanges; exchanges that come first are kept and shown once it is there.
   */
  write(batch: readonly ObserverRecord[]): void;
  /** All that is stored of a run, session or trace; undefined where nothing is. */
  trace(ref: TraceRef): TraceRecords | undefined;
  /**
   * Retention in steps of a few milliseconds, so that a writer can write between two of them.
   * @param nowMs wall clock, milliseconds since 1970
   */
  pruneSteps(
    retention: Retention,
    nowMs: number,
  ): Generator<undefined, PruneReport>;
  /** Ends what dead processes left open in this store; see lost.ts. */
  closeLost(): void;
  /** Idempotent. */
  close(): void;
}

/** Runs all steps of a pruning at once. */
export function drain<R>(steps: Generator<undefined, R>): R {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
