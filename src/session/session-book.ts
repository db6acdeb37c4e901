import type { ClientProcess } from "./client-process.js";
import {
  type Connection,
  draftOf,
  keyOf,
  type OpenSession,
  quietEndMs,
  sessionOf,
} from "./open-session.js";
import type {
  FreshIds,
  SessionCommand,
  SessionEvent,
} from "./session-event.js";

/** Which sessions are open and whose connections are whose. Never changed in place. */
export interface SessionBook {
  /** By key: (run, process), else the run, else the connection. */
  sessions: ReadonlyMap<string, OpenSession>;
  connections: ReadonlyMap<number, Connection>;
}

export interface SessionStep {
  state: SessionBook;
  commands: SessionCommand[];
}

export const EMPTY_BOOK: SessionBook = {
  sessions: new Map(),
  connections: new Map(),
};

/**
 * Runs and sessions as SPEC §3 has them: a session is what one go command asks for. Its key is (run, topmost go process and
 * that one's start), without a process the run, without both (or where `alone` says so) the connection: parallel commands never mix. It ends with its
 * process or run; after 30 s without a request where the process is unknown, after 60 s where it is a long-lived program, and
 * then the next request begins another.
 * @param nowMs monotonic
 */
export function step(
  before: SessionBook,
  event: SessionEvent,
  nowMs: number,
): SessionStep {
  // Quiet sessions are over before anything else happens: so it makes no difference how often time is told.
  const quiet = endWhere(before, (session) => quietEnd(session, nowMs));
  const { state, commands } = apply(quiet.state, event, nowMs);
  return { state, commands: [...quiet.commands, ...commands] };
}

function apply(
  state: SessionBook,
  event: SessionEvent,
  nowMs: number,
): SessionStep {
  switch (event.type) {
    case "connection-opened": {
      const { type: _, freshIds, connectionId: id, ...facts } = event;
      const connection: Connection = { ...facts, id };
      const opened = withConnection(state, connection);
      return enter(opened, connection, freshIds, nowMs, 0);
    }
    case "request-started": {
      const connection = state.connections.get(event.connectionId);
      return connection === undefined
        ? { state, commands: [] }
        : enter(state, connection, event.freshIds, nowMs, 1);
    }
    case "request-ended":
      return requestEnded(state, event.sessionId, nowMs);
    case "connection-closed":
      return connectionClosed(state, event.connectionId);
    case "process-exited": {
      const { exitCode } = event;
      return endWhere(withoutProcess(state, event), (session) =>
        isProcess(session.process, event)
          ? {
              endedAtMs: nowMs,
              ...(exitCode === undefined ? {} : { exitCode }),
            }
          : undefined,
      );
    }
    case "run-ended":
      return endWhere(state, (session) =>
        session.runId === event.runId ? { endedAtMs: nowMs } : undefined,
      );
    case "tick":
      return { state, commands: [] };
  }
}

/** Gives the connection the session it belongs to, a new one where there is none. */
function enter(
  state: SessionBook,
  connection: Connection,
  freshIds: FreshIds,
  nowMs: number,
  requests: 0 | 1,
): SessionStep {
  const commands: SessionCommand[] = [];
  const found = state.sessions.get(keyOf(connection));
  if (found === undefined) {
    const session = draftOf(connection, freshIds, nowMs);
    commands.push({ type: "begin", session });
  }
  const session = found ?? sessionOf(connection, freshIds, nowMs);
  const { sessionId } = session;
  const entered = withSession(state, {
    ...session,
    openRequests: session.openRequests + requests,
    lastActiveAtMs: nowMs,
  });
  if (connection.sessionId === sessionId) return { state: entered, commands };
  commands.push({ type: "assign", connectionId: connection.id, sessionId });
  return {
    state: withConnection(entered, { ...connection, sessionId }),
    commands,
  };
}

function requestEnded(
  state: SessionBook,
  sessionId: string,
  nowMs: number,
): SessionStep {
  const session = [...state.sessions.values()].find(
    (one) => one.sessionId === sessionId,
  );
  // Its process or run has ended before it.
  if (session === undefined) return { state, commands: [] };
  const ended = withSession(state, {
    ...session,
    openRequests: Math.max(0, session.openRequests - 1),
    lastActiveAtMs: nowMs,
  });
  return endAbandoned(ended, session.key);
}

function connectionClosed(state: SessionBook, id: number): SessionStep {
  const connection = state.connections.get(id);
  if (connection === undefined) return { state, commands: [] };
  const connections = new Map(state.connections);
  connections.delete(id);
  return endAbandoned({ ...state, connections }, keyOf(connection));
}

/** Ends a session that was its connection's alone, once that is closed and its last request is done. */
function endAbandoned(state: SessionBook, key: string): SessionStep {
  return endWhere(state, (session) =>
    session.key === key &&
    session.connectionId !== undefined &&
    session.openRequests === 0 &&
    !state.connections.has(session.connectionId)
      ? { endedAtMs: session.lastActiveAtMs }
      : undefined,
  );
}

type Ending = { endedAtMs: number; exitCode?: number };

function endWhere(
  state: SessionBook,
  ending: (session: OpenSession) => Ending | undefined,
): SessionStep {
  const commands: SessionCommand[] = [];
  let sessions: Map<string, OpenSession> | undefined;
  for (const session of state.sessions.values()) {
    const end = ending(session);
    if (end === undefined) continue;
    sessions ??= new Map(state.sessions);
    sessions.delete(session.key);
    commands.push({ type: "end", sessionId: session.sessionId, ...end });
  }
  return {
    state: sessions === undefined ? state : { ...state, sessions },
    commands,
  };
}

function quietEnd(session: OpenSession, nowMs: number): Ending | undefined {
  const endsAtMs = quietEndMs(session);
  return endsAtMs !== undefined && nowMs >= endsAtMs
    ? { endedAtMs: session.lastActiveAtMs }
    : undefined;
}

type ProcessId = Pick<ClientProcess, "pid" | "startTicks">;

/** What still arrives on a dead process's connections (a child's, or what was on the way) belongs to nobody known. */
function withoutProcess(state: SessionBook, exited: ProcessId): SessionBook {
  const connections = new Map(state.connections);
  for (const [id, connection] of connections) {
    if (!isProcess(connection.process, exited)) continue;
    const { process: _, ...rest } = connection;
    connections.set(id, rest);
  }
  return { ...state, connections };
}

function isProcess(one: ProcessId | undefined, other: ProcessId): boolean {
  return one?.pid === other.pid && one.startTicks === other.startTicks;
}

function withSession(state: SessionBook, session: OpenSession): SessionBook {
  const sessions = new Map(state.sessions).set(session.key, session);
  return { ...state, sessions };
}

function withConnection(
  state: SessionBook,
  connection: Connection,
): SessionBook {
  const connections = new Map(state.connections);
  return { ...state, connections: connections.set(connection.id, connection) };
}
