import type { SessionRecord } from "../model/record.js";
import type { SpanRef } from "../model/span-ref.js";
import type { ClientProcess } from "./client-process.js";

/** Ids for a session that may begin; thrown away where none does. */
export interface FreshIds {
  /** 16 hex digits. */
  sessionId: string;
  /** 32 hex digits; not used where there is a parent. */
  traceId: string;
  /** 16 hex digits. */
  spanId: string;
}

/** What happened, in the order in which it happened; `nowMs` of a step never goes back. */
export type SessionEvent =
  | {
      type: "connection-opened";
      connectionId: number;
      runId?: string;
      /** What `sessionProcess` made of the client's chain; absent where the process is unknown. */
      process?: ClientProcess;
      /** Where the process is unknown: no other connection of the run belongs to this session. */
      alone?: boolean;
      /** Stands for the program where the process is unknown. */
      userAgent?: string;
      /** The run's span, or that of TRACEPARENT in the process's environment: the session becomes its child. */
      parent?: SpanRef;
      freshIds: FreshIds;
    }
  /** Also the beginning of a tunnel. */
  | { type: "request-started"; connectionId: number; freshIds: FreshIds }
  /** The session is the one that `assign` gave the connection when the request started. */
  | { type: "request-ended"; sessionId: string }
  | { type: "connection-closed"; connectionId: number }
  | {
      type: "process-exited";
      pid: number;
      startTicks: number;
      /** Where gotap is its parent. */
      exitCode?: number;
    }
  | { type: "run-ended"; runId: string }
  /** Time has passed: needed at least every few seconds, or quiet sessions stay open for longer. */
  | { type: "tick" };

/** A session's record at its beginning, without what only the caller knows. */
export type SessionDraft = Omit<
  SessionRecord,
  "anchor" | "goVersion" | "goEnv" | "endedAtMs" | "exitCode" | "lost"
>;

/** What is to be done, in this order. */
export type SessionCommand =
  | {
      type: "end";
      sessionId: string;
      /** The process's or run's end; for a session that fell quiet the instant of its last activity. */
      endedAtMs: number;
      exitCode?: number;
    }
  | { type: "begin"; session: SessionDraft }
  /** Requests of this connection belong to this session from now on. */
  | { type: "assign"; connectionId: number; sessionId: string };
