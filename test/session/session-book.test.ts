import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ClientProcess } from "../../src/session/client-process.js";
import type { SessionCommand } from "../../src/session/session-event.js";
import { lineOf, Playbook, type ScriptedEvent } from "./playbook.js";

const processOf = (pid: number, ...argv: string[]): ClientProcess => ({
  pid,
  startTicks: pid * 10,
  exe: `/usr/bin/${argv[0] ?? ""}`,
  argv,
  cwd: "/home/jane/app",
});
const download = processOf(100, "go", "mod", "download");
const build = processOf(200, "go", "build", "./...");
const gopls = processOf(300, "gopls", "serve");

const opened = (
  connectionId: number,
  facts: Omit<
    Extract<ScriptedEvent, { type: "connection-opened" }>,
    "type" | "connectionId"
  > = {},
): ScriptedEvent => ({ type: "connection-opened", connectionId, ...facts });
const started = (connectionId: number): ScriptedEvent => ({
  type: "request-started",
  connectionId,
});
const ended = (sessionId: string): ScriptedEvent => ({
  type: "request-ended",
  sessionId,
});
const closed = (connectionId: number): ScriptedEvent => ({
  type: "connection-closed",
  connectionId,
});
const exited = (
  { pid, startTicks }: ClientProcess,
  exitCode?: number,
): ScriptedEvent => ({
  type: "process-exited",
  pid,
  startTicks,
  ...(exitCode === undefined ? {} : { exitCode }),
});
const tick: ScriptedEvent = { type: "tick" };

describe("a session of a known go command", () => {
  it("takes all its connections, and ends with the process however long it is quiet", () => {
    const book = new Playbook()
      .at(
        0,
        opened(1, { process: download }),
        "begin s1 go mod download",
        "assign 1 s1",
      )
      .at(1, opened(2, { process: download }), "assign 2 s1")
      .at(2, started(1))
      .at(3, started(2))
      .at(9, ended("s1"))
      .at(10, ended("s1"))
      .at(11, closed(1))
      .at(12, closed(2))
      .at(600_000, tick)
      .at(600_001, opened(3, { process: download }), "assign 3 s1")
      .at(600_400, exited(download, 1), "end s1 at 600400 exit 1")
      .at(600_401, closed(3));
    expect(book.played).toEqual(book.script);
    expect(book.size).toEqual({ sessions: 0, connections: 0 });
  });

  it("never mixes with a parallel one, nor with a later one of the same pid", () => {
    const again = { ...download, startTicks: download.startTicks + 7 };
    const book = new Playbook()
      .at(
        0,
        opened(1, { process: download }),
        "begin s1 go mod download",
        "assign 1 s1",
      )
      .at(0, opened(2, { process: build }), "begin s2 go build", "assign 2 s2")
      .at(1, started(2))
      .at(1, started(1))
      .at(5, exited(again))
      .at(
        6,
        opened(3, { process: again }),
        "begin s5 go mod download",
        "assign 3 s5",
      )
      .at(7, exited(download), "end s1 at 7")
      .at(8, exited(build), "end s2 at 8")
      .at(9, ended("s1"))
      .at(9, ended("s2"));
    expect(book.played).toEqual(book.script);
  });

  it("is one per command and run, in the run's trace", () => {
    const parent = { traceId: "t".repeat(32), spanId: "r".repeat(16) };
    const book = new Playbook();
    const facts = { runId: "run1", parent };
    const sessions = [
      book.commands(0, opened(1, { ...facts, process: download })),
      book.commands(1, opened(2, { ...facts, process: build })),
      book.commands(2, opened(3, { process: build })),
    ].map(([command]) => (command?.type === "begin" ? command.session : null));
    expect(sessions).toEqual([
      {
        type: "session",
        sessionId: "s1",
        runId: "run1",
        traceId: parent.traceId,
        spanId: "span-1",
        parentSpanId: parent.spanId,
        command: "go mod download",
        pid: 100,
        processStartTicks: 1000,
        cwd: "/home/jane/app",
        startedAtMs: 0,
      },
      expect.objectContaining({ sessionId: "s2", traceId: parent.traceId }),
      expect.objectContaining({ sessionId: "s3", traceId: "trace-3" }),
    ]);
    book
      .at(9, { type: "run-ended", runId: "run1" }, "end s1 at 9", "end s2 at 9")
      .at(10, exited(build), "end s3 at 10");
    expect(book.played).toEqual(book.script);
  });

  it("leaves what comes after its process to the connection alone", () => {
    const book = new Playbook()
      .at(
        0,
        opened(1, { process: download }),
        "begin s1 go mod download",
        "assign 1 s1",
      )
      .at(5, exited(download), "end s1 at 5")
      .at(6, started(1), "begin s2 unknown client", "assign 1 s2")
      .at(7, ended("s2"))
      .at(30_007, tick, "end s2 at 7");
    expect(book.played).toEqual(book.script);
  });
});

describe("a session of a long-lived program", () => {
  it("begins a new trace after 60 s of quiet, not while a request is open", () => {
    const book = new Playbook()
      .at(0, opened(1, { process: gopls }), "begin s1 gopls", "assign 1 s1")
      .at(10, started(1))
      .at(100_000, tick)
      .at(100_010, ended("s1"))
      .at(160_009, started(1))
      .at(160_010, ended("s1"))
      .at(
        220_010,
        started(1),
        "end s1 at 160010",
        "begin s4 gopls",
        "assign 1 s4",
      )
      .at(220_020, ended("s4"))
      .at(280_019, tick)
      .at(280_020, tick, "end s4 at 220020")
      .at(300_000, started(1), "begin s5 gopls", "assign 1 s5")
      .at(300_001, exited(gopls), "end s5 at 300001");
    expect(book.played).toEqual(book.script);
  });
});

describe("a session of an unknown process", () => {
  it("is the connection's alone without a run, and ends with it", () => {
    const userAgent = "git/2.39.5";
    const book = new Playbook()
      .at(0, opened(1, { userAgent }), "begin s1 git", "assign 1 s1")
      .at(
        0,
        opened(2, { userAgent: "Go-http-client/1.1" }),
        "begin s2 go",
        "assign 2 s2",
      )
      .at(1, started(1))
      .at(2, started(2))
      .at(5, closed(1))
      .at(6, ended("s1"), "end s1 at 6")
      .at(7, ended("s2"))
      .at(8, closed(2), "end s2 at 7");
    expect(book.played).toEqual(book.script);
    expect(book.size).toEqual({ sessions: 0, connections: 0 });
  });

  it("ends 30 s after its last request, and the connection's next one begins another", () => {
    const book = new Playbook()
      .at(0, opened(1), "begin s1 unknown client", "assign 1 s1")
      .at(5, started(1))
      .at(40_000, tick)
      .at(40_001, ended("s1"))
      .at(70_000, tick)
      .at(70_001, tick, "end s1 at 40001")
      .at(70_002, started(1), "begin s3 unknown client", "assign 1 s3");
    expect(book.played).toEqual(book.script);
  });

  it("is one for a whole run, and outlives its connections", () => {
    const runId = "run1";
    const book = new Playbook()
      .at(0, opened(1, { runId }), "begin s1 unknown client", "assign 1 s1")
      .at(
        1,
        opened(2, { runId: "run2" }),
        "begin s2 unknown client",
        "assign 2 s2",
      )
      .at(2, started(1))
      .at(3, ended("s1"))
      .at(4, closed(1))
      .at(5, opened(3, { runId }), "assign 3 s1")
      .at(9, { type: "run-ended", runId }, "end s1 at 9")
      .at(9, { type: "run-ended", runId });
    expect(book.played).toEqual(book.script);
  });
});

describe("the book", () => {
  it("shrugs off events for what it does not know", () => {
    const book = new Playbook()
      .at(0, started(1))
      .at(0, ended("nobody"))
      .at(0, closed(1))
      .at(0, exited(download))
      .at(0, { type: "run-ended", runId: "x" })
      .at(0, tick);
    expect(book.played).toEqual(book.script);
  });

  type Scene = { afterMs: number; event: ScriptedEvent };
  const scene = fc.record<Scene>({
    afterMs: fc.constantFrom(0, 1, 500, 29_999, 30_000, 60_000),
    event: fc.oneof(
      fc
        .record({
          connectionId: fc.nat(4),
          who: fc.constantFrom<Parameters<typeof opened>[1]>(
            {},
            { process: download },
            { process: build, runId: "run1" },
            { process: gopls },
            { runId: "run1" },
          ),
        })
        .map(({ connectionId, who }) => opened(connectionId, who)),
      fc.nat(4).map(started),
      fc.nat(30).map((n) => ended(`s${n}`)),
      fc.nat(4).map(closed),
      fc.constantFrom(download, build, gopls).map((one) => exited(one)),
      fc.constant<ScriptedEvent>({ type: "run-ended", runId: "run1" }),
    ),
  });

  /** Everything that came of the scenes, each command with the instant at which it was given. */
  const play = (scenes: Scene[], ticksBetween: number) => {
    const book = new Playbook();
    const given: { atMs: number; command: SessionCommand }[] = [];
    let atMs = 0;
    const take = (event: ScriptedEvent) => {
      for (const command of book.commands(atMs, event))
        given.push({ atMs, command });
    };
    for (const { afterMs, event } of scenes) {
      for (let i = 0; i < ticksBetween; i++) {
        atMs += afterMs / (ticksBetween + 1);
        take(tick);
      }
      atMs += afterMs / (ticksBetween + 1);
      take(event);
    }
    return { given, size: book.size };
  };

  it("begins before it assigns, ends once, never in the future, and forgets what has ended", () => {
    fc.assert(
      fc.property(fc.array(scene, { maxLength: 40 }), (scenes) => {
        const { given, size } = play(scenes, 0);
        const begun = new Map<string, number>();
        const wrong: unknown[] = [];
        for (const { atMs, command } of given) {
          if (command.type === "begin") {
            begun.set(command.session.sessionId, atMs);
            continue;
          }
          const startedAtMs = begun.get(command.sessionId);
          if (startedAtMs === undefined) wrong.push(command);
          if (command.type !== "end") continue;
          if (command.endedAtMs < (startedAtMs ?? 0)) wrong.push(command);
          if (command.endedAtMs > atMs) wrong.push(command);
          begun.delete(command.sessionId);
        }
        expect(wrong).toEqual([]);
        expect(size.sessions).toBe(begun.size);
      }),
    );
  });

  it("finds the same sessions however often time is told", () => {
    fc.assert(
      fc.property(fc.array(scene, { maxLength: 25 }), (scenes) => {
        const lines = (ticksBetween: number) =>
          play([...scenes, { afterMs: 60_000, event: tick }], ticksBetween)
            .given.map(({ command }) => lineOf(command))
            .toSorted();
        expect(lines(3)).toEqual(lines(0));
      }),
    );
  });
});
