import { createRequire } from "node:module";

import type Database from "better-sqlite3";

export type Db = Database.Database;
export type Driver = typeof Database;

/**
 * The native module, loaded when it is first wanted: a machine without a binary for it and without a compiler (FACTS L6)
 * still runs everything but the history.
 * @throws whatever its loading threw; `explainSqlite` makes a line of it
 */
export function loadDriver(): Driver {
  return createRequire(import.meta.url)("better-sqlite3") as Driver;
}
