import { watchExit } from "../evidence/process-watch.js";
import type { ClientConnection } from "../model/client.js";
import type { Clock, Timer } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type {
  ExchangeRecord,
  SessionRecord,
  StateChange,
} from "../model/record.js";
import type { Recorder } from "../observe/recorder.js";
import { goproxyEnvironment } from "../policy/goproxy-environment.js";
import { EMPTY_BOOK, type SessionBook, step } from "../session/session-book.js";
import type {
  SessionCommand,
  SessionDraft,
  SessionEvent,
} from "../session/session-event.js";
import type { Identity } from "./identity.js";
import {
  factsOf,
  freshIds,
  parentOf,
  processOf,
  type SessionFacts,
  withChange,
} from "./session-facts.js";
import { anchorOf, type Run } from "./run-book.js";
import { SessionSettings } from "./session-settings.js";
import type { SumdbKeys } from "./sumdb-keys.js";
import {
  newTracked,
  settle,
  type Tracked,
  whenSettled,
} from "./tracked-connection.js";

export interface SessionTrackerOptions {
  clock: Clock;
  log: Log;
  recorder: Recorder;
  /** Learns which checksum databases sessions work with. */
  keys: Pick<SumdbKeys, "learn">;
}

/** Where processes can be found, one that was not is a short command of its own, not one with all others of its run. */
const KNOWS_PROCESSES = process.platform === "linux";
const TICK_MS = 1000;
/** Ended sessions are kept so long in memory that a run's end still finds them. */
const KEPT_SESSIONS = 1000;

/** Runs the session book against the real world: processes, their settings, their end. */
export class SessionTracker {
  private book: SessionBook = EMPTY_BOOK;
  private readonly connections = new Map<number, Tracked>();
  private readonly sessions = new Map<string, SessionRecord>();
  private readonly watches = new Map<string, Timer>();
  private readonly settings: SessionSettings;
  private ticking: Timer | undefined;
  private closed = false;

  constructor(private readonly options: SessionTrackerOptions) {
    this.settings = new SessionSettings(options.log, (record, goroot) =>
      this.settingsRead(record, goroot),
    );
  }

  /** What is known of a connection's client; until this was called its exchanges wait in memory. */
  identified(
    connection: ClientConnection,
    run: Run | undefined,
    identity: Identity | undefined,
    learn: (goEnv: Readonly<Record<string, string>>) => void,
  ): void {
    const tracked = this.tracked(connection);
    if (tracked.known) return;
    Object.assign(tracked, { run, identity, learn, known: true });
    const { waiting } = tracked;
    tracked.waiting = new Set();
    for (const record of waiting) this.observe(record, connection);
    settle(tracked, this.settings);
    if (tracked.gone) this.connectionClosed(connection);
  }

  /** A record changed: it is stored under its session as soon as that is known. */
  observe(record: ExchangeRecord, connection: ClientConnection): void {
    if (record.sessionId === "") {
      const tracked = this.tracked(connection);
      if (!tracked.known) {
        tracked.waiting.add(record);
        return;
      }
      if (tracked.session === undefined) this.enterBook(connection, tracked);
      this.happened({
        type: "request-started",
        connectionId: connection.id,
        freshIds: freshIds(),
      });
      record.sessionId = tracked.session?.sessionId ?? "";
      this.beganBy(record.startedAtMs, tracked.session);
    }
    this.options.recorder.put(record);
    if (record.endedAtMs !== undefined)
      this.happened({ type: "request-ended", sessionId: record.sessionId });
  }

  connectionClosed(connection: ClientConnection): void {
    this.happened({ type: "connection-closed", connectionId: connection.id });
    // While nobody knows whose it was, its exchanges wait for `identified`.
    const tracked = this.connections.get(connection.id);
    if (tracked?.known === false) tracked.gone = true;
    else this.connections.delete(connection.id);
  }

  /** @param childPid the process whose exit code the run's is */
  runEnded(run: Run, childPid: number | undefined): void {
    const { runId, exitCode } = run.record;
    this.happened({ type: "run-ended", runId });
    for (const session of this.sessions.values()) {
      if (
        session.runId !== runId ||
        session.pid !== childPid ||
        exitCode === undefined
      )
        continue;
      session.exitCode = exitCode;
      this.options.recorder.put(session);
    }
  }

  traceIdOf(connection: ClientConnection): string {
    const tracked = this.connections.get(connection.id);
    return tracked?.run?.record.traceId ?? tracked?.session?.traceId ?? "";
  }

  factsOf(connection: ClientConnection): SessionFacts {
    return factsOf(this.connections.get(connection.id)?.session);
  }

  /**
   * Resolves when `factsOf` says all that it will ever say of this connection's session: some 50 ms after its first request,
   * 2 s at most. Never rejects. @returns undefined where it is so already
   */
  settled(connection: ClientConnection): Promise<void> | undefined {
    return whenSettled(this.tracked(connection), this.settings);
  }

  /** What to type behind `gotap show` for this exchange. */
  traceRefOf(record: ExchangeRecord): string {
    const session = this.sessions.get(record.sessionId);
    return session?.runId ?? session?.sessionId ?? "last";
  }

  /** The sessions that are open now. */
  open(): { sessionId: string; command: string; pid?: number; open: number }[] {
    return [...this.book.sessions.values()].flatMap(
      ({ sessionId, openRequests }) => {
        const record = this.sessions.get(sessionId);
        if (record === undefined) return [];
        const { command, pid } = record;
        return [
          {
            sessionId,
            command,
            ...(pid === undefined ? {} : { pid }),
            open: openRequests,
          },
        ];
      },
    );
  }

  /** What gotap keeps about an upstream has changed: told in every session that is open now. */
  noteChange(change: Omit<StateChange, "spanId">): void {
    for (const { sessionId } of this.book.sessions.values()) {
      const record = this.sessions.get(sessionId);
      if (record === undefined) continue;
      withChange(record, change);
      this.options.recorder.put(record);
    }
  }

  /** Whether a session is open. */
  get active(): boolean {
    return this.book.sessions.size > 0;
  }

  /** Ends what is open: gotap stops. */
  close(): void {
    this.closed = true;
    this.ticking?.cancel();
    for (const watch of this.watches.values()) watch.cancel();
    const nowMs = this.options.clock.nowMs();
    for (const { sessionId } of this.book.sessions.values())
      this.endSession(sessionId, nowMs);
    this.book = EMPTY_BOOK;
  }

  private async settingsRead(
    record: SessionRecord,
    goroot: string | undefined,
  ): Promise<void> {
    const { keys, log, recorder } = this.options;
    const { goEnv = {} } = record;
    for (const { learn, session } of this.connections.values())
      if (session === record) learn(goEnv);
    for (const notice of goproxyEnvironment(goEnv).notices)
      log.notice(notice, notice);
    recorder.put(record);
    await keys.learn(goEnv["GOSUMDB"] ?? "", goroot);
  }

  /** With its first request only: go dials some connections in vain, and they are no session. */
  private enterBook(
    connection: ClientConnection,
    { run, identity }: Tracked,
  ): void {
    const process = processOf(identity, run);
    const parent = parentOf(run, identity);
    this.happened({
      type: "connection-opened",
      connectionId: connection.id,
      ...(run === undefined ? {} : { runId: run.record.runId }),
      ...(process === undefined ? { alone: KNOWS_PROCESSES } : { process }),
      ...(connection.userAgent === undefined
        ? {}
        : { userAgent: connection.userAgent }),
      ...(parent === undefined ? {} : { parent }),
      freshIds: freshIds(),
    });
  }

  /** A request that waited until it was known whose it is began before its session did: a span lies within its parent. */
  private beganBy(atMs: number, session: SessionRecord | undefined): void {
    if (session === undefined || session.startedAtMs <= atMs) return;
    session.startedAtMs = atMs;
    this.options.recorder.put(session);
  }

  private tracked(connection: ClientConnection): Tracked {
    const tracked = this.connections.get(connection.id) ?? newTracked();
    this.connections.set(connection.id, tracked);
    return tracked;
  }

  private happened(event: SessionEvent): void {
    if (this.closed) return;
    const { state, commands } = step(
      this.book,
      event,
      this.options.clock.nowMs(),
    );
    this.book = state;
    for (const command of commands) this.obey(command, event);
    if (this.ticking === undefined && state.sessions.size > 0) this.tickLater();
  }

  private obey(command: SessionCommand, event: SessionEvent): void {
    switch (command.type) {
      case "begin":
        this.beginSession(command.session, event);
        break;
      case "assign": {
        const tracked = this.connections.get(command.connectionId);
        const session = this.sessions.get(command.sessionId);
        if (tracked !== undefined && session !== undefined)
          tracked.session = session;
        break;
      }
      case "end":
        this.endSession(command.sessionId, command.endedAtMs, command.exitCode);
        break;
    }
  }

  private beginSession(draft: SessionDraft, event: SessionEvent): void {
    const { clock, recorder } = this.options;
    const tracked =
      "connectionId" in event
        ? this.connections.get(event.connectionId)
        : undefined;
    const record: SessionRecord = {
      ...draft,
      // Under a run the run's own anchor: its sessions lie within it to the microsecond.
      anchor: tracked?.run?.record.anchor ?? anchorOf(clock),
    };
    this.sessions.set(record.sessionId, record);
    if (this.sessions.size > KEPT_SESSIONS) this.forgetOldest();
    recorder.put(record);
    this.watch(record);
    if (tracked !== undefined)
      this.settings.begin(record, tracked.identity, tracked.run);
  }

  private endSession(
    sessionId: string,
    endedAtMs: number,
    exitCode?: number,
  ): void {
    const record = this.sessions.get(sessionId);
    if (record === undefined || record.endedAtMs !== undefined) return;
    record.endedAtMs = endedAtMs;
    if (exitCode !== undefined) record.exitCode = exitCode;
    this.watches.get(sessionId)?.cancel();
    this.watches.delete(sessionId);
    this.options.recorder.put(record);
  }

  private watch({
    sessionId,
    pid,
    processStartTicks: startTicks,
  }: SessionRecord): void {
    if (pid === undefined || startTicks === undefined) return;
    const exited = (): void => {
      this.happened({ type: "process-exited", pid, startTicks });
    };
    this.watches.set(
      sessionId,
      watchExit({ pid, startTicks }, this.options.clock, exited),
    );
  }

  private tickLater(): void {
    this.ticking = this.options.clock.after(TICK_MS, () => {
      this.ticking = undefined;
      this.happened({ type: "tick" });
    });
  }

  private forgetOldest(): void {
    for (const [sessionId, { endedAtMs }] of this.sessions) {
      if (endedAtMs === undefined) continue;
      this.sessions.delete(sessionId);
      return;
    }
  }
}
