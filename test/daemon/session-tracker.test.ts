import { beforeEach, describe, expect, it } from "vitest";

import type { Identity } from "../../src/daemon/identity.js";
import { type Run, RunBook } from "../../src/daemon/run-book.js";
import { SessionTracker } from "../../src/daemon/session-tracker.js";
import { wayOutOf } from "../../src/daemon/way-out.js";
import type { ClientConnection } from "../../src/model/client.js";
import { SILENT } from "../../src/model/log.js";
import type {
  ExchangeRecord,
  ObserverRecord,
  SessionRecord,
} from "../../src/model/record.js";
import { FakeClock } from "../support/fake-clock.js";

const DONE = Promise.resolve();
/** No process has this id, so nothing is asked of it. */
const NO_PID = 4_190_000;

function connection(
  id: number,
  userAgent = "Go-http-client/1.1",
): ClientConnection {
  return {
    id,
    userAgent,
    remoteAddress: "127.0.0.1",
    remotePort: id,
    localPort: 9090,
    openedAtMs: 0,
  };
}

function identity(pid: number, argv: string[]): Identity {
  const process = { pid, ppid: 1, startTicks: 5, comm: "go", argv };
  return { process, environ: undefined, chain: [process] } as Identity;
}

describe("SessionTracker", () => {
  let clock: FakeClock;
  let put: ObserverRecord[];
  let tracker: SessionTracker;
  let run: Run;
  let exchanges = 0;

  beforeEach(() => {
    clock = new FakeClock();
    put = [];
    tracker = new SessionTracker({
      clock,
      log: SILENT,
      keys: { learn: () => DONE },
      recorder: {
        put: (record) => void put.push(record),
        flush: () => DONE,
        trace: async () => undefined,
        tap: () => () => {},
        opened: Promise.resolve({ state: "memory" }),
        storeState: () => ({ state: "memory" }),
        close: () => DONE,
      },
    });
    run = new RunBook(clock, wayOutOf({})).begin({
      command: ["make"],
      cwd: "/",
      pid: 1,
      intercept: true,
    });
  });

  const exchange = (): ExchangeRecord => ({
    type: "exchange",
    exchangeId: String((exchanges += 1)).padStart(12, "0"),
    sessionId: "",
    via: "connect",
    connectionId: 1,
    protocol: "2",
    method: "GET",
    scheme: "https",
    host: "goproxy.cn",
    port: 443,
    target: "/",
    request: { kind: "other", template: "{path}" },
    startedAtMs: clock.nowMs(),
    requestBytes: 0,
    responseBytes: 0,
    attempts: [],
  });
  const sessions = (): SessionRecord[] => [
    ...new Set(put.filter((record) => record.type === "session")),
  ];
  const nothing = (): void => {};

  it("holds requests until it is known whose they are; the session begins with the first of them", () => {
    const client = connection(1);
    const record = exchange();
    tracker.observe(record, client);
    expect(put).toEqual([]);
    const startedAtMs = clock.nowMs();
    clock.advance(40);
    tracker.identified(client, run, identity(NO_PID, ["go", "mod"]), nothing);
    const [session] = sessions();
    expect(session).toMatchObject({ startedAtMs, runId: run.record.runId });
    expect(session?.traceId).toBe(run.record.traceId);
    expect(record.sessionId).toBe(session?.sessionId);
    expect(put.at(-1)).toBe(record);
  });

  it("a connection that asked for nothing is no session", () => {
    const client = connection(1);
    tracker.identified(client, run, undefined, nothing);
    tracker.connectionClosed(client);
    expect(put).toEqual([]);
  });

  it("two connections of one go command are one session, two commands two", () => {
    const clients = [connection(1), connection(2), connection(3)];
    clients.forEach((client, index) => {
      const pid = index < 2 ? NO_PID : NO_PID + 1;
      tracker.identified(client, run, identity(pid, ["go", "list"]), nothing);
      tracker.observe(exchange(), client);
    });
    expect(sessions()).toHaveLength(2);
    expect(tracker.open()).toMatchObject([{ open: 2 }, { open: 1 }]);
  });

  it("keeps what a connection asked that was closed before it was known", () => {
    const client = connection(1);
    const record = exchange();
    tracker.observe(record, client);
    tracker.connectionClosed(client);
    tracker.identified(client, run, undefined, nothing);
    expect(record.sessionId).not.toBe("");
    expect(put).toContain(record);
  });

  it("ends a session of an unknown process 30 s after its last request, or with its connection", () => {
    const [quiet, closed] = [connection(1), connection(2)];
    for (const client of [quiet, closed]) {
      tracker.identified(client, undefined, undefined, nothing);
      const record = exchange();
      tracker.observe(record, client);
      record.endedAtMs = clock.nowMs();
      tracker.observe(record, client);
    }
    const endedAtMs = clock.nowMs();
    tracker.connectionClosed(closed);
    const ends = (): unknown[] => sessions().map((one) => one.endedAtMs);
    expect(ends()).toEqual([undefined, endedAtMs]);
    clock.advance(29_000);
    expect(ends()).toEqual([undefined, endedAtMs]);
    clock.advance(2_000);
    expect(ends()).toEqual([endedAtMs, endedAtMs]);
    expect(clock.pending).toBe(0);
  });

  it("a run's end ends its sessions, and gives the child's exit code to the child's own", () => {
    const [child, other] = [connection(1), connection(2)];
    tracker.identified(child, run, identity(NO_PID, ["go", "build"]), nothing);
    tracker.identified(other, run, identity(NO_PID + 1, ["go"]), nothing);
    tracker.observe(exchange(), child);
    tracker.observe(exchange(), other);
    run.record.exitCode = 3;
    tracker.runEnded(run, NO_PID);
    const exits = sessions().map(({ exitCode }) => exitCode);
    expect(exits).toEqual([3, undefined]);
  });

  it("a stop ends what is open, and nothing ticks on", () => {
    const client = connection(1);
    tracker.identified(client, undefined, undefined, nothing);
    tracker.observe(exchange(), client);
    tracker.close();
    expect(sessions()[0]?.endedAtMs).toBe(clock.nowMs());
    expect(tracker.open()).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it("names what to type for a request: its run, else its session, else the last", () => {
    const [inRun, alone] = [connection(1), connection(2)];
    const records = [exchange(), exchange(), exchange()];
    tracker.identified(inRun, run, undefined, nothing);
    tracker.identified(alone, undefined, undefined, nothing);
    tracker.observe(records[0] ?? exchange(), inRun);
    tracker.observe(records[1] ?? exchange(), alone);
    expect(records.map((record) => tracker.traceRefOf(record))).toEqual([
      run.record.runId,
      records[1]?.sessionId,
      "last",
    ]);
  });
});
