import { writeFileSync } from "node:fs";
import { join } from "node:path";

import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { GotapError } from "../../src/model/failure.js";
import { openReader } from "../../src/store/reader.js";
import type { StoreReader } from "../../src/store/reader.js";
import type { RecordStore } from "../../src/store/record-store.js";
import { openSqliteStore } from "../../src/store/sqlite-store.js";
import {
  RUN_ID,
  TRACE_ID,
  manySpans,
  sampleSession,
  sampleTrace,
} from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

const NOW = { nowUnixMs: 1_795_341_620_000 };

let folder: string;
let file: string;
let store: RecordStore;
let reader: StoreReader;
beforeEach(() => {
  folder = makeFolder("reader");
  file = join(folder, "traces.db");
  store = openSqliteStore(file);
  const trace = sampleTrace();
  const { run } = trace;
  store.write([
    ...(run === undefined ? [] : [run]),
    ...trace.sessions,
    ...trace.exchanges,
  ]);
  reader = openReader(file);
});
afterEach(() => {
  reader.close();
  store.close();
  removeFolder(folder);
});

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof GotapError) return error.code;
    throw error;
  }
  return "nothing thrown";
}

function writeAlone(sessionId: string, traceId: string, startedAtMs: number) {
  const { runId: _, ...session } = sampleSession({
    sessionId,
    traceId,
    startedAtMs,
  });
  store.write([session]);
}

describe("what a person types for a trace", () => {
  it.each([
    ["a run id", RUN_ID, { traceId: TRACE_ID, runId: RUN_ID }],
    ["the proxy's user name", `run-${RUN_ID}`, { runId: RUN_ID }],
    ["a run's prefix", RUN_ID.slice(0, 4), { runId: RUN_ID }],
    ["capitals", RUN_ID.toUpperCase(), { runId: RUN_ID }],
    ["a trace id", TRACE_ID, { traceId: TRACE_ID }],
    ["a trace's prefix", TRACE_ID.slice(0, 5), { traceId: TRACE_ID }],
    ["a session id", "5e551000000000b2", { sessionId: "5e551000000000b2" }],
    ["last", "last", { runId: RUN_ID }],
  ])("may be %s", (_, typed, meant) => {
    const resolved = reader.resolve(typed);
    expect(resolved).toMatchObject(meant);
    expect(resolved.traceId).toBe(TRACE_ID);
  });

  it("names the candidates when it may mean several", () => {
    expect(() => reader.resolve("5e55")).toThrow(
      "5e55 may be session 5e551000000000b1, session 5e551000000000b2",
    );
    expect(codeOf(() => reader.resolve("5e55"))).toBe("TRACE_AMBIGUOUS");
  });

  it("is not ambiguous where a session's id is the start of its trace's", () => {
    const id = "cafe000000000001";
    writeAlone(id, id.repeat(2), 1000);
    expect(reader.resolve("cafe")).toEqual({ traceId: id.repeat(2) });
    expect(reader.resolve(id)).toMatchObject({ sessionId: id });
  });

  it.each([
    ["ffff", "TRACE_NOT_FOUND"],
    ["1f2", "TRACE_PREFIX"],
    ["%%%%", "TRACE_PREFIX"],
    ["", "TRACE_PREFIX"],
    ["lasst", "TRACE_PREFIX"],
  ])("is refused: %j", (typed, code) => {
    expect(codeOf(() => reader.resolve(typed))).toBe(code);
  });

  it("takes a session without a run for last, when it is newer than every run", () => {
    writeAlone("beef000000000001", "b".repeat(32), 999_000);
    expect(reader.resolve("last")).toEqual({
      sessionId: "beef000000000001",
      traceId: "b".repeat(32),
    });
  });
});

describe("the list of sessions", () => {
  it("has one row a session, newest first, with SPEC's fields", () => {
    expect(reader.rows(NOW)).toEqual([
      {
        trace_id: TRACE_ID,
        session_id: "5e551000000000b2",
        run_id: RUN_ID,
        command: "go vet",
        started_at: "2026-11-22T10:00:04.900Z",
        duration_ms: 15_100,
        exit_code: null,
        requests: 1,
        failed: 0,
        bytes: 0,
        open: 1,
        verdict: null,
      },
      {
        trace_id: TRACE_ID,
        session_id: "5e551000000000b1",
        run_id: RUN_ID,
        command: "go mod download",
        started_at: "2026-11-22T10:00:00.004Z",
        duration_ms: 8795.5,
        exit_code: null,
        requests: 9,
        failed: 3,
        bytes: 3_300_000 + 4096 * 2 + 24 + 20_000 + 240 + 48_000 + 90_000,
        open: 0,
        verdict: null,
      },
    ]);
  });

  it("can be cut short", () => {
    const ids = (query: Partial<Parameters<StoreReader["rows"]>[0]>) =>
      reader.rows({ ...NOW, ...query }).map((row) => row.command);
    expect(ids({ limit: 1 })).toEqual(["go vet"]);
    expect(ids({ failed: true })).toEqual(["go mod download"]);
    expect(ids({ sinceUnixMs: 1_795_341_602_000 })).toEqual(["go vet"]);
  });

  it("shows what is written after it was opened", () => {
    writeAlone("beef000000000001", "b".repeat(32), 999_000);
    expect(reader.rows(NOW)).toHaveLength(3);
  });
});

describe("reading", () => {
  it("gives back 10,000 spans", () => {
    const many = manySpans(10_000);
    const traceId = "d".repeat(32);
    const { runId: _, ...session } = sampleSession({
      sessionId: "dddd000000000001",
      traceId,
    });
    const exchanges = many.exchanges.map((exchange) => ({
      ...exchange,
      sessionId: session.sessionId,
    }));
    store.write([session, ...exchanges]);
    expect(reader.read(reader.resolve("dddd"))).toStrictEqual({
      traceId,
      sessions: [session],
      exchanges,
    });
  });

  it("says so when the trace is gone", () => {
    expect(codeOf(() => reader.read({ traceId: "e".repeat(32) }))).toBe(
      "TRACE_NOT_FOUND",
    );
  });

  it("of a store that is not there, or empty, says that nothing is recorded yet", () => {
    expect(codeOf(() => openReader(join(folder, "none.db")))).toBe(
      "STORE_EMPTY",
    );
    const empty = join(folder, "empty.db");
    openSqliteStore(empty).close();
    const other = openReader(empty);
    expect(other.rows(NOW)).toEqual([]);
    expect(codeOf(() => other.resolve("last"))).toBe("STORE_EMPTY");
    other.close();
  });

  it("of a file that is no store says so, and leaves it", () => {
    const bad = join(folder, "bad.db");
    writeFileSync(bad, "this is no database\n".repeat(99));
    expect(() => openReader(bad)).toThrow(
      `the store ${bad} cannot be read: the file is no database`,
    );
  });

  it("of a record whose bytes rotted says so", () => {
    const db = new Database(file);
    db.exec("UPDATE exchanges SET record = substr(record, 1, 40)");
    db.close();
    expect(() => reader.read({ runId: RUN_ID })).toThrow(
      /request e0000.* cannot read/,
    );
  });
});
