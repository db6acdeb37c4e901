import { statSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { pruneStore } from "../../src/store/prune-store.js";
import { openReader } from "../../src/store/reader.js";
import { drain } from "../../src/store/record-store.js";
import type { RecordStore } from "../../src/store/record-store.js";
import { openSqliteStore } from "../../src/store/sqlite-store.js";
import { sampleExchange, sampleSession } from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

const HOUR_MS = 3_600_000;
/** Of the sample's anchor. */
const START_MS = 1_795_341_600_000;

let folder: string;
let file: string;
let store: RecordStore;
beforeEach(() => {
  folder = makeFolder("retention");
  file = join(folder, "traces.db");
  store = openSqliteStore(file);
});
afterEach(() => {
  store.close();
  removeFolder(folder);
});

/** Trace `index` has one session, which began `index` hours after the first one's. */
function writeTrace(index: number, exchanges: number, isOpen = false): void {
  const sessionId = idOf(index);
  const atMs = 1000 + index * HOUR_MS;
  const { runId: _, ...session } = sampleSession({
    sessionId,
    traceId: sessionId.repeat(2),
    startedAtMs: atMs,
    endedAtMs: atMs + 1000,
  });
  const { endedAtMs: _e, ...open } = session;
  store.write([
    isOpen ? open : session,
    ...Array.from({ length: exchanges }, (_x, n) =>
      sampleExchange({
        exchangeId: (0xa00000000000 + n).toString(16),
        sessionId,
        startedAtMs: atMs,
        endedAtMs: atMs + 900,
      }),
    ),
  ]);
}

function idOf(index: number): string {
  return `5e5510000000${index.toString(16).padStart(4, "0")}`;
}

function left(): string[] {
  const reader = openReader(file);
  const rows = reader.rows({ nowUnixMs: START_MS });
  reader.close();
  return rows.map((row) => row.session_id).toReversed();
}

describe("retention", () => {
  it("removes by age, whole traces, and gives the room back", () => {
    for (let index = 0; index < 10; index++) writeTrace(index, 200);
    store.close();
    const before = statSync(file).size;
    const report = pruneStore(
      file,
      { maxAgeMs: 5 * HOUR_MS, maxBytes: 0 },
      START_MS + 9 * HOUR_MS + 2000,
    );
    expect(report).toMatchObject({ traces: 5, exchanges: 1000 });
    expect(left()).toEqual([5, 6, 7, 8, 9].map(idOf));
    expect(before - statSync(file).size).toBe(report.bytesFreed);
    expect(report.bytesFreed).toBeGreaterThan(before * 0.4);
  });

  it("removes by size, the oldest first, until there is some room again", () => {
    for (let index = 0; index < 20; index++) writeTrace(index, 100);
    store.close();
    const limit = Math.round(statSync(file).size / 2);
    store = openSqliteStore(file);
    const report = drain(
      store.pruneSteps({ maxAgeMs: 0, maxBytes: limit }, START_MS),
    );
    store.close();
    expect(statSync(file).size).toBeLessThanOrEqual(limit);
    expect(statSync(file).size).toBeGreaterThan(limit * 0.6);
    const ids = left();
    expect(ids).toHaveLength(20 - report.traces);
    expect(ids.at(-1)).toBe(idOf(19));
    expect(ids[0]).toBe(idOf(report.traces));
  });

  it("leaves what is open, however old and large", () => {
    writeTrace(0, 500, true);
    writeTrace(1, 10);
    const report = drain(
      store.pruneSteps(
        { maxAgeMs: HOUR_MS, maxBytes: 1 },
        START_MS + 90 * HOUR_MS,
      ),
    );
    expect(report.traces).toBe(1);
    expect(left()).toEqual([idOf(0)]);
  });

  it("removes nothing where nothing is over a limit, or there is none", () => {
    writeTrace(0, 10);
    for (const retention of [
      { maxAgeMs: 0, maxBytes: 0 },
      { maxAgeMs: 24 * HOUR_MS, maxBytes: 2 ** 30 },
    ])
      expect(
        drain(store.pruneSteps(retention, START_MS + HOUR_MS)).traces,
      ).toBe(0);
    expect(left()).toEqual([idOf(0)]);
  });

  it("goes in steps between which others write", () => {
    for (let index = 0; index < 120; index++) writeTrace(index, 30);
    const steps = store.pruneSteps(
      { maxAgeMs: HOUR_MS, maxBytes: 0 },
      START_MS + 900 * HOUR_MS,
    );
    let count = 0;
    for (; steps.next().done !== true; count++)
      writeTrace(200 + count, 1, true);
    expect(count).toBeGreaterThan(2);
    expect(left()).toHaveLength(count);
  });
});

describe("gotap's own pruning", () => {
  it("of a store that is not there finds nothing", () => {
    expect(
      pruneStore(join(folder, "none.db"), { maxAgeMs: 1, maxBytes: 1 }, 0),
    ).toEqual({ traces: 0, exchanges: 0, bytesFreed: 0 });
  });
});
