import { GotapError } from "../model/failure.js";
import type { Db } from "./sqlite-driver.js";

/**
 * Each entry takes the database from the version of its index to the next one. Entries are added, never changed: the
 * databases they made are out there.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('application', 'gotap');

  CREATE TABLE writers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pid INTEGER NOT NULL,
    start_ticks INTEGER,
    boot_id TEXT
  );

  CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    trace_id TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    writer INTEGER NOT NULL,
    record TEXT NOT NULL
  );
  CREATE INDEX runs_by_trace ON runs (trace_id);
  CREATE INDEX runs_by_start ON runs (started_at_us);

  -- trace_id and record are NULL while only exchanges of the session have come.
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    trace_id TEXT,
    run_id TEXT,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    writer INTEGER NOT NULL,
    record TEXT
  );
  CREATE INDEX sessions_by_trace ON sessions (trace_id);
  CREATE INDEX sessions_by_run ON sessions (run_id) WHERE run_id IS NOT NULL;
  CREATE INDEX sessions_by_start ON sessions (started_at_us);

  -- Rows lie in the order in which they came, so that writing touches few pages; the index keeps a session together.
  CREATE TABLE exchanges (
    id INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (id),
    exchange_id TEXT NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    status INTEGER,
    failed INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    record TEXT NOT NULL
  );
  CREATE UNIQUE INDEX exchanges_by_session ON exchanges (session, exchange_id);
  CREATE INDEX exchanges_open ON exchanges (session) WHERE ended_at_us IS NULL;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

export function schemaVersion(db: Db): number {
  return Number(db.pragma("user_version", { simple: true }));
}

/**
 * Brings the schema to SCHEMA_VERSION, each step in a transaction of its own; other processes may do the same at the same time.
 * @throws GotapError STORE_NEWER when a newer gotap made the file; nothing is changed then
 */
export function migrate(db: Db): void {
  while (schemaVersion(db) < SCHEMA_VERSION) step(db);
  refuseNewer(db);
}

const step = (db: Db): void =>
  db
    .transaction(() => {
      // Read again inside: another process may have been quicker.
      const version = schemaVersion(db);
      const sql = MIGRATIONS[version];
      if (sql === undefined) return;
      db.exec(sql);
      db.pragma(`user_version = ${version + 1}`);
    })
    .immediate();

export function refuseNewer(db: Db): void {
  const version = schemaVersion(db);
  if (version <= SCHEMA_VERSION) return;
  throw new GotapError(
    "STORE_NEWER",
    `the store was made by a newer gotap (its schema is ${version}, this gotap knows ${SCHEMA_VERSION})`,
    "Update this gotap, or set GOTAP_HOME to another folder for it.",
  );
}
