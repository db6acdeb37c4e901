import { existsSync } from "node:fs";

import { GotapError } from "../model/failure.js";
import { closeLostIn } from "./lost.js";
import { openForWriting } from "./open-database.js";
import { drain } from "./record-store.js";
import type { PruneReport, Retention } from "./record-store.js";
import { pruneDatabase } from "./retention.js";
import { explainSqlite, troubleOf } from "./sqlite-error.js";

/**
 * Applies a retention to a store file now. A file that is not there holds nothing to remove.
 * @param nowMs wall clock, milliseconds since 1970
 * @throws GotapError STORE_UNWRITABLE, STORE_NEWER
 */
export function pruneStore(
  file: string,
  retention: Retention,
  nowMs: number,
): PruneReport {
  if (!existsSync(file)) return { traces: 0, exchanges: 0, bytesFreed: 0 };
  try {
    const db = openForWriting(file);
    try {
      closeLostIn(db);
      return drain(pruneDatabase(db, retention, nowMs));
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof GotapError || troubleOf(error) === "bug") throw error;
    throw new GotapError(
      "STORE_UNWRITABLE",
      `the store ${file} cannot be changed: ${explainSqlite(error)}`,
      "Nothing is lost: what was not removed is still there.",
      1,
      { cause: error },
    );
  }
}
