import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { TraceRecords } from "../../src/model/trace.js";
import { openMemoryStore } from "../../src/store/memory-store.js";
import { drain } from "../../src/store/record-store.js";
import type { RecordStore } from "../../src/store/record-store.js";
import { openSqliteStore } from "../../src/store/sqlite-store.js";
import {
  RUN_ID,
  TRACE_ID,
  recoveredTrace,
  sampleExchange,
  sampleRun,
  sampleSession,
  sampleTrace,
} from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

const B1 = "5e551000000000b1";
const B2 = "5e551000000000b2";
/** The sample's day. */
const NOW_MS = 1_795_341_600_000;
const DAY_MS = 86_400_000;

let folder: string;
let store: RecordStore;
beforeEach(() => {
  folder = makeFolder("store");
});
afterEach(() => {
  store.close();
  removeFolder(folder);
});

function of(trace: TraceRecords) {
  return [
    ...(trace.run === undefined ? [] : [trace.run]),
    ...trace.sessions,
    ...trace.exchanges,
  ];
}

// What holds for the file holds for the memory that stands in for it.
describe.each([
  ["sqlite", () => openSqliteStore(join(folder, "traces.db"))],
  ["memory", () => openMemoryStore()],
] as const)("a store in %s", (state, open) => {
  beforeEach(() => {
    store = open();
  });

  it("gives back a run with its sessions and exchanges, by start", () => {
    const trace = sampleTrace();
    store.write(of(trace).toReversed());
    expect(store.state).toBe(state);
    const byStart = trace.exchanges.toSorted(
      (a, b) => a.startedAtMs - b.startedAtMs,
    );
    expect(store.trace({ runId: RUN_ID })).toStrictEqual({
      ...trace,
      exchanges: byStart,
    });
    expect(store.trace({ traceId: TRACE_ID })).toStrictEqual(
      store.trace({ runId: RUN_ID }),
    );
  });

  it("gives back pauses, sources, resumed bodies and what changed meanwhile", () => {
    const trace = recoveredTrace();
    store.write(of(trace));
    const back = store.trace({ runId: RUN_ID });
    expect(back?.sessions).toStrictEqual(trace.sessions);
    expect(back?.exchanges).toHaveLength(trace.exchanges.length);
    for (const exchange of trace.exchanges)
      expect(back?.exchanges).toContainEqual(exchange);
  });

  it("gives one session with its run, and none of its sister's exchanges", () => {
    store.write(of(sampleTrace()));
    const one = store.trace({ sessionId: B2 });
    expect(one?.run?.runId).toBe(RUN_ID);
    expect(one?.sessions.map(({ sessionId }) => sessionId)).toEqual([B2]);
    expect(one?.exchanges.map(({ exchangeId }) => exchangeId)).toEqual([
      "e0000000000a",
    ]);
  });

  it("gives undefined for what it does not know", () => {
    store.write(of(sampleTrace()));
    expect(store.trace({ runId: "0000000000000000" })).toBeUndefined();
    expect(store.trace({ sessionId: "0000000000000000" })).toBeUndefined();
    expect(store.trace({})).toBeUndefined();
  });

  it("keeps a run that has seen no request", () => {
    store.write([sampleRun()]);
    expect(store.trace({ runId: RUN_ID })).toStrictEqual({
      traceId: TRACE_ID,
      run: sampleRun(),
      sessions: [],
      exchanges: [],
    });
  });

  it("replaces a record by the last one with its id", () => {
    const { endedAtMs: _, status: _s, ...open } = sampleExchange();
    store.write([sampleSession(), open]);
    store.write([sampleExchange({ status: 404 })]);
    store.write([sampleSession({ exitCode: 1 })]);
    const trace = store.trace({ sessionId: B1 });
    expect(trace?.exchanges).toStrictEqual([sampleExchange({ status: 404 })]);
    expect(trace?.sessions).toStrictEqual([sampleSession({ exitCode: 1 })]);
  });

  it("keeps exchanges that come before their session, and shows them after it", () => {
    store.write([sampleExchange()]);
    expect(store.trace({ sessionId: B1 })).toBeUndefined();
    store.write([sampleSession()]);
    expect(store.trace({ sessionId: B1 })?.exchanges).toHaveLength(1);
  });

  it("orders the sessions of processes with different clocks by the wall clock", () => {
    const late = { atMs: 5, unixNano: "1795341700000000000" };
    store.write([
      sampleSession({
        sessionId: B2,
        anchor: late,
        startedAtMs: 5,
        endedAtMs: 50,
      }),
      sampleSession(),
      sampleExchange({
        exchangeId: "eeeeeeeeeee2",
        sessionId: B2,
        startedAtMs: 6,
      }),
      sampleExchange(),
    ]);
    const trace = store.trace({ traceId: TRACE_ID });
    expect(trace?.sessions.map(({ sessionId }) => sessionId)).toEqual([B1, B2]);
    expect(trace?.exchanges.map(({ sessionId }) => sessionId)).toEqual([
      B1,
      B2,
    ]);
  });

  it("removes what is older than the retention, and nothing that is open", () => {
    const other = "a".repeat(32);
    const {
      endedAtMs: _,
      runId: _r,
      ...open
    } = sampleSession({
      sessionId: B2,
      traceId: other,
    });
    store.write([sampleRun(), sampleSession(), sampleExchange(), open]);
    const young = drain(
      store.pruneSteps({ maxAgeMs: DAY_MS, maxBytes: 0 }, NOW_MS),
    );
    expect(young).toMatchObject({ traces: 0, exchanges: 0 });
    const old = drain(
      store.pruneSteps({ maxAgeMs: DAY_MS, maxBytes: 0 }, NOW_MS + 2 * DAY_MS),
    );
    expect(old).toMatchObject({ traces: 1, exchanges: 1 });
    expect(store.trace({ runId: RUN_ID })).toBeUndefined();
    expect(store.trace({ traceId: other })?.sessions).toHaveLength(1);
  });

  it("closes twice", () => {
    store.close();
    expect(() => store.close()).not.toThrow();
  });
});
