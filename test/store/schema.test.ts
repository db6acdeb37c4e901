import { statSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { openForWriting } from "../../src/store/open-database.js";
import { SCHEMA_VERSION } from "../../src/store/schema.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

let folder: string;
let file: string;
beforeEach(() => {
  folder = makeFolder("schema");
  file = join(folder, "data", "traces.db");
});
afterEach(() => removeFolder(folder));

describe("the database", () => {
  it("is made for its owner alone, in WAL mode, with room that can be given back", () => {
    const db = openForWriting(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "data")).mode & 0o777).toBe(0o700);
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(db.pragma("synchronous", { simple: true })).toBe(1);
    expect(db.pragma("auto_vacuum", { simple: true })).toBe(2);
    expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
    db.close();
  });

  it("opens again without a change", () => {
    openForWriting(file).close();
    const db = openForWriting(file);
    expect(db.pragma("user_version", { simple: true })).toBe(SCHEMA_VERSION);
    expect(db.prepare("SELECT count(*) AS n FROM meta").get()).toEqual({
      n: 1,
    });
    db.close();
  });

  it("of a newer gotap is refused and left as it is", () => {
    const db = openForWriting(file);
    db.pragma(`user_version = ${SCHEMA_VERSION + 1}`);
    db.close();
    expect(() => openForWriting(file)).toThrow(
      /made by a newer gotap \(its schema is 2, this gotap knows 1\)/,
    );
  });
});
