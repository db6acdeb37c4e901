import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";

import {
  migrate,
  refuseNewer,
  schemaVersion,
  SCHEMA_VERSION,
} from "./schema.js";
import { loadDriver } from "./sqlite-driver.js";
import type { Db, Driver } from "./sqlite-driver.js";
import { troubleOf } from "./sqlite-error.js";

/** How long one statement waits for another process's transaction; ours last milliseconds (FACTS L5: 440 ms at worst). */
const BUSY_MS = 5_000;
/** A write-ahead log that a long reader let grow is cut back to this. */
const WAL_BYTES = 4 * 2 ** 20;

/**
 * The store's database, made where there is none (the folder 0700, the files 0600), migrated, ready to write.
 * @throws GotapError STORE_NEWER, or the file system's or SQLite's error
 */
export function openForWriting(
  file: string,
  driver: () => Driver = loadDriver,
): Db {
  const Database = driver();
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its -wal and -shm the mode of the database.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const db = new Database(path, { timeout: BUSY_MS });
  return orClosed(db, () => {
    if (schemaVersion(db) === 0) prepareEmpty(db);
    // Before the switch to WAL, so that a file that is not ours to change stays as it is.
    refuseNewer(db);
    whenNotBusy(() => db.pragma("journal_mode = WAL"));
    db.pragma("synchronous = NORMAL");
    db.pragma(`journal_size_limit = ${WAL_BYTES}`);
    migrate(db);
    return db;
  });
}

/** For other processes that only look. The schema must be ours already: see reader.ts. */
export function openForReading(
  file: string,
  driver: () => Driver = loadDriver,
): Db {
  const Database = driver();
  const db = new Database(resolve(file), {
    readonly: true,
    fileMustExist: true,
    timeout: BUSY_MS,
  });
  return orClosed(db, () => {
    refuseNewer(db);
    return db;
  });
}

export function isCurrent(db: Db): boolean {
  return schemaVersion(db) === SCHEMA_VERSION;
}

/** Can only be chosen before the first table. */
function prepareEmpty(db: Db): void {
  whenNotBusy(() => db.pragma("auto_vacuum = INCREMENTAL"));
}

/** The switch to WAL answers "busy" at once, without the busy handler, when two processes make it at the same time. */
function whenNotBusy(attempt: () => unknown): void {
  const endsAtMs = performance.now() + BUSY_MS;
  for (;;) {
    try {
      attempt();
      return;
    } catch (error) {
      if (troubleOf(error) !== "busy" || performance.now() > endsAtMs)
        throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

function orClosed(db: Db, prepare: () => Db): Db {
  try {
    return prepare();
  } catch (error) {
    db.close();
    throw error;
  }
}
