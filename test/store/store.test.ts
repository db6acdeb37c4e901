import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { SCHEMA_VERSION } from "../../src/store/schema.js";
import type { RecordStore } from "../../src/store/record-store.js";
import type { Driver } from "../../src/store/sqlite-driver.js";
import { openStore } from "../../src/store/store.js";
import { runChild } from "../support/child.js";
import {
  RUN_ID,
  sampleExchange,
  sampleRun,
  sampleSession,
} from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { transpile } from "./transpiled.js";

let folder: string;
let file: string;
let lines: string[];
let store: RecordStore | undefined;
beforeEach(() => {
  folder = makeFolder("steady");
  file = join(folder, "traces.db");
  lines = [];
});
afterEach(() => {
  store?.close();
  store = undefined;
  removeFolder(folder);
});

function open(driver?: () => Driver): RecordStore {
  store = openStore(file, {
    degraded: (line) => lines.push(line),
    ...(driver === undefined ? {} : { driver }),
  });
  return store;
}

function exchangeId(index: number): string {
  return (0xa00000000000 + index).toString(16);
}

function works(it: RecordStore): boolean {
  it.write([sampleSession(), sampleExchange()]);
  return it.trace({ sessionId: sampleSession().sessionId }) !== undefined;
}

describe("the store where there cannot be one", () => {
  it("says nothing when all is well", () => {
    expect(open().state).toBe("sqlite");
    expect(lines).toEqual([]);
  });

  it("is in memory when a file stands where its folder should be", () => {
    writeFileSync(join(folder, "in-the-way"), "");
    file = join(folder, "in-the-way", "data", "traces.db");
    expect(open().state).toBe("memory");
    expect(works(open())).toBe(true);
    expect(lines[0]).toBe(
      `the history is kept in memory only: ${file}: a part of the path is a file, not a folder (ENOTDIR)`,
    );
  });

  it("is in memory when a folder stands where the file should be", () => {
    mkdirSync(file);
    expect(open().state).toBe("memory");
    expect(lines).toHaveLength(1);
  });

  it("is in memory when the file can only be read", () => {
    open().close();
    const readOnly = class extends Database {
      constructor(path: string) {
        super(path, { readonly: true });
      }
    } as Driver;
    expect(open(() => readOnly).state).toBe("memory");
    expect(lines[0]).toMatch(/the file is read-only \(SQLITE_READONLY/);
  });

  it("is in memory when the file is a newer gotap's, which stays untouched", () => {
    open().close();
    const db = new Database(file);
    db.pragma(`user_version = ${SCHEMA_VERSION + 5}`);
    db.close();
    const before = readFileSync(file);
    expect(open().state).toBe("memory");
    expect(lines[0]).toMatch(/made by a newer gotap/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("is in memory where better-sqlite3 is not installed", async () => {
    const entry = transpile(join(folder, "js"), false);
    const script = join(folder, "js", "try.mjs");
    writeFileSync(
      script,
      `import { openStore } from ${JSON.stringify(entry("store/store.js").href)};
       const store = openStore(${JSON.stringify(file)}, { degraded: console.log });
       console.log(store.state);`,
    );
    const { stdout, stderr } = await runChild(process.execPath, [script], {
      env: process.env,
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(
      `the history is kept in memory only: ${file}: the native module better-sqlite3 is not installed (npm rebuild better-sqlite3 needs a compiler and Python) (MODULE_NOT_FOUND)\nmemory\n`,
    );
  });
});

describe("a damaged store", () => {
  it.each([
    [
      "no database at all",
      () => Buffer.from("this is no database\n".repeat(99)),
    ],
    ["a torn first page", () => readFileSync(file).fill(0xff, 100, 4000)],
  ])("with %s is moved aside and a fresh one is made", (_, damage) => {
    works(open());
    store?.close();
    const bytes = damage();
    writeFileSync(file, bytes);
    expect(open().state).toBe("sqlite");
    const aside = readdirSync(folder).filter((name) =>
      /^traces\.db\.corrupt-\d{4}-\d\d-\d\dT\d{6}$/.test(name),
    );
    expect(aside).toHaveLength(1);
    expect(readFileSync(join(folder, aside[0] ?? "")).equals(bytes)).toBe(true);
    expect(lines).toEqual([
      `the history was damaged and is now ${join(folder, aside[0] ?? "")}; a new one was begun`,
    ]);
    expect(works(open())).toBe(true);
  });

  it("found while writing is moved aside, and open sessions go on in the fresh one", () => {
    const { endedAtMs: _, ...session } = sampleSession();
    open().write([session]);
    for (let index = 0; index < 200; index++)
      store?.write([sampleExchange({ exchangeId: exchangeId(index) })]);
    // Another process's connection puts the log into the file and damages it: all pages but the first.
    const other = new Database(file);
    other.pragma("wal_checkpoint(TRUNCATE)");
    other.close();
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xee, 4096));
    for (let index = 200; lines.length === 0 && index < 400; index++)
      store?.write([sampleExchange({ exchangeId: exchangeId(index) })]);
    expect(lines).toEqual([expect.stringMatching(/^the history was damaged/)]);
    store?.write([sampleExchange({ exchangeId: exchangeId(999) })]);
    expect(store?.state).toBe("sqlite");
    const trace = store?.trace({ sessionId: session.sessionId });
    expect(trace?.sessions).toStrictEqual([session]);
    expect(trace?.exchanges.at(-1)?.exchangeId).toBe(exchangeId(999));
  });
});

describe("a disk that fills up", () => {
  /** SQLite's own limit gives the very error of a full disk. */
  const small = class extends Database {
    constructor(path: string, options: Database.Options) {
      super(path, options);
      this.pragma("max_page_count = 40");
    }
  } as Driver;

  it("costs one line, and what was open is still whole in memory", () => {
    const { endedAtMs: _r, ...run } = sampleRun();
    const { endedAtMs: _s, ...session } = sampleSession({
      sessionId: "5e551000000000b2",
    });
    open(() => small).write([run, sampleSession(), session, sampleExchange()]);
    for (let index = 0; index < 600; index++)
      store?.write([
        sampleExchange({
          exchangeId: exchangeId(index),
          sessionId: session.sessionId,
        }),
      ]);
    expect(store?.state).toBe("memory");
    expect(lines).toEqual([
      `the history is kept in memory only: ${file}: the disk is full (SQLITE_FULL)`,
    ]);
    const trace = store?.trace({ runId: RUN_ID });
    expect(trace?.run).toStrictEqual(run);
    expect(trace?.sessions).toHaveLength(2);
    expect(trace?.exchanges).toHaveLength(601);
    // What fitted is still there.
    expect(existsSync(file)).toBe(true);
  });
});

describe("a store that somebody keeps locked", () => {
  it("throws for the batch to be tried again, and goes to memory the third time", () => {
    const impatient = class extends Database {
      constructor(path: string) {
        super(path, { timeout: 1 });
      }
    } as Driver;
    open(() => impatient);
    const other = new Database(file);
    other.exec("BEGIN IMMEDIATE");
    const write = (): void => store?.write([sampleSession()]);
    expect(write).toThrow(/locked/);
    expect(write).toThrow(/locked/);
    expect(write).not.toThrow();
    expect(store?.state).toBe("memory");
    expect(lines).toEqual([
      expect.stringMatching(/another program keeps the file locked/),
    ]);
    other.close();
  });
});
