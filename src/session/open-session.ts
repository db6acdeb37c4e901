import type { SpanRef } from "../model/span-ref.js";
import { type ClientProcess, isLongLived } from "./client-process.js";
import { commandOf, commandOfUserAgent } from "./command-line.js";
import type { FreshIds, SessionDraft } from "./session-event.js";

/** A session of an unknown process ends so long after its last request (SPEC §3). */
const UNKNOWN_QUIET_MS = 30_000;
/** gopls and other long-lived programs begin a new trace after so long a quiet (SPEC §3). */
const LONG_LIVED_QUIET_MS = 60_000;

/** A connection of a client that is open. */
export interface Connection {
  id: number;
  runId?: string;
  process?: ClientProcess;
  userAgent?: string;
  alone?: boolean;
  parent?: SpanRef;
  /** The session it was last assigned to. */
  sessionId?: string;
}

/** A session that has begun and not ended. */
export interface OpenSession {
  key: string;
  sessionId: string;
  runId?: string;
  process?: ClientProcess;
  /** Set where it is this connection's session and no other's. */
  connectionId?: number;
  openRequests: number;
  /** The last instant at which a request began or ended, or a connection was opened. */
  lastActiveAtMs: number;
}

/** What makes two connections one session. */
export function keyOf(connection: Connection): string {
  const { runId = "", process, id, alone = false } = connection;
  if (process !== undefined)
    return `process ${runId} ${process.pid} ${process.startTicks}`;
  return runId === "" || alone ? `connection ${id}` : `run ${runId}`;
}

/** When it ends by itself; undefined while a request is open, and where its process will end it. */
export function quietEndMs(session: OpenSession): number | undefined {
  if (session.openRequests > 0) return undefined;
  if (session.process === undefined)
    return session.lastActiveAtMs + UNKNOWN_QUIET_MS;
  return isLongLived(session.process)
    ? session.lastActiveAtMs + LONG_LIVED_QUIET_MS
    : undefined;
}

/** A session as it stands in the book at its beginning. */
export function sessionOf(
  connection: Connection,
  freshIds: FreshIds,
  nowMs: number,
): OpenSession {
  const { runId, process, id, alone = false } = connection;
  const isAlone = process === undefined && (runId === undefined || alone);
  return {
    key: keyOf(connection),
    sessionId: freshIds.sessionId,
    openRequests: 0,
    lastActiveAtMs: nowMs,
    ...(runId === undefined ? {} : { runId }),
    ...(process === undefined ? {} : { process }),
    ...(isAlone ? { connectionId: id } : {}),
  };
}

/** A session's record at its beginning. */
export function draftOf(
  connection: Connection,
  freshIds: FreshIds,
  nowMs: number,
): SessionDraft {
  const { runId, process, userAgent, parent } = connection;
  const { sessionId, traceId, spanId } = freshIds;
  return {
    type: "session",
    sessionId,
    traceId: parent?.traceId ?? traceId,
    spanId,
    command:
      process === undefined
        ? commandOfUserAgent(userAgent)
        : commandOf(process),
    startedAtMs: nowMs,
    ...(runId === undefined ? {} : { runId }),
    ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
    ...(process === undefined ? {} : processFacts(process)),
  };
}

function processFacts(process: ClientProcess): Partial<SessionDraft> {
  const { pid, startTicks: processStartTicks, cwd } = process;
  return { pid, processStartTicks, ...(cwd === undefined ? {} : { cwd }) };
}
