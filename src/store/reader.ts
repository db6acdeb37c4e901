import { existsSync } from "node:fs";

import { GotapError } from "../model/failure.js";
import type { TraceRecords } from "../model/trace.js";
import type { TraceRow } from "../model/trace.js";
import { closeLostIn, hasLost } from "./lost.js";
import { isCurrent, openForReading, openForWriting } from "./open-database.js";
import { readTrace } from "./read-trace.js";
import { nothingRecorded, resolveRef } from "./resolve-ref.js";
import type { ResolvedRef } from "./resolve-ref.js";
import type { Db } from "./sqlite-driver.js";
import { explainSqlite, troubleOf } from "./sqlite-error.js";
import type { TraceRef } from "./trace-ref.js";
import { traceRows } from "./trace-rows.js";
import type { RowQuery } from "./trace-rows.js";

/** Looks into a store that other processes may be writing. Errors are GotapErrors. */
export interface StoreReader {
  /** See resolve-ref.ts. @throws GotapError STORE_EMPTY, TRACE_NOT_FOUND, TRACE_AMBIGUOUS, TRACE_PREFIX */
  resolve(typed: string): ResolvedRef;
  /** @throws GotapError TRACE_NOT_FOUND */
  read(ref: TraceRef): TraceRecords;
  /** Newest first. */
  rows(query: RowQuery): TraceRow[];
  /** Idempotent. */
  close(): void;
}

/**
 * @throws GotapError STORE_EMPTY where there is no file yet, STORE_UNREADABLE where there is one that cannot be read, STORE_NEWER
 */
export function openReader(storeFile: string): StoreReader {
  if (!existsSync(storeFile)) throw nothingRecorded();
  const db = explained(storeFile, () => openChecked(storeFile));
  return {
    resolve: (typed) => explained(storeFile, () => resolveRef(db, typed)),
    read(ref) {
      const trace = explained(storeFile, () => readTrace(db, ref));
      if (trace !== undefined) return trace;
      throw new GotapError(
        "TRACE_NOT_FOUND",
        "the trace is not in the store any more",
        "gotap traces lists what there is.",
      );
    },
    rows: (query) => explained(storeFile, () => traceRows(db, query)),
    close: () => void db.close(),
  };
}

/** Read-only, unless there is something to mend first: an older schema, or sessions of a writer that died. */
function openChecked(file: string): Db {
  const db = openForReading(file);
  try {
    if (isCurrent(db) && !hasLost(db)) return db;
    mend(file);
    if (isCurrent(db)) return db;
    throw new GotapError(
      "STORE_UNREADABLE",
      `the store ${file} has an older form and cannot be changed`,
      "Give gotap the permission to write it.",
    );
  } catch (error) {
    db.close();
    throw error;
  }
}

function mend(file: string): void {
  try {
    const db = openForWriting(file);
    try {
      closeLostIn(db);
    } finally {
      db.close();
    }
  } catch (error) {
    // On a read-only disk what was lost looks open; that is better than no answer.
    if (troubleOf(error) === "bug") throw error;
  }
}

function explained<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof GotapError || troubleOf(error) === "bug") throw error;
    throw new GotapError(
      "STORE_UNREADABLE",
      `the store ${file} cannot be read: ${explainSqlite(error)}`,
      troubleOf(error) === "corrupt"
        ? "The next gotap that records moves it aside and begins a new one."
        : undefined,
      1,
      { cause: error },
    );
  }
}
