import type { BreakerName } from "../model/breaker.js";
import type { AttemptWindow } from "./breaker-window.js";

/** What a health check found last; undefined where none watches. */
export type KnownHealth = "healthy" | "unhealthy" | "unknown" | undefined;

interface Kept {
  /** Changes of state so far: an attempt that was let in under another number says nothing about now. */
  epoch: number;
  /** What failed since the last success, each once (`countsAs`). */
  row: readonly string[];
  window: AttemptWindow;
  health: KnownHealth;
}

export interface ClosedState extends Kept {
  name: "closed";
  /** Openings without a success since: more than 0 only where a health check closed it and no attempt has shown it right. */
  openings: number;
}

/** Why it is not closed. */
interface Opened extends Kept {
  /** How often it opened without having closed in between: 1, 2, … */
  openings: number;
  /** A StateChange's `rule`. */
  rule: string;
  /** One line for a person. */
  cause: string;
  /** A check had closed it and attempts failed all the same: no check closes it now. */
  doubtsChecks: boolean;
}

export interface OpenState extends Opened {
  name: "open";
  /** By hand: until it is closed by hand. */
  forced: boolean;
  openedAtMs: number;
  openForMs: number;
  /** From Retry-After: no probe and no check lets anything in before. */
  notBeforeMs: number;
  /** The last `unhealthy` of a health check. */
  unhealthyAtMs: number | undefined;
}

export interface HalfOpenState extends Opened {
  name: "half-open";
  /** Probes that have had no answer yet. */
  probes: number;
}

export type BreakerState = ClosedState | OpenState | HalfOpenState;

/** An attempt that was let in. */
export interface Ticket {
  epoch: number;
  /** It holds one of the `half_open` places. */
  isProbe: boolean;
}

export type BreakerEvent =
  /** Only where `waitMs` is 0. */
  | { type: "entered" }
  /** A probe's answer has begun: its place is free for the next one, its end is still to come. */
  | { type: "answered"; ticket: Ticket }
  | {
      type: "ended";
      /** Without its place where it has given that back. */
      ticket: Ticket;
      outcome: "succeeded" | "failed" | "neither";
      /** Failures of one name count once in a row: tries of one exchange, streams of one connection that was lost. */
      countsAs: string;
      /** Why it failed, a few words. */
      cause?: string;
      retryAfterMs?: number;
    }
  | { type: "health"; health: KnownHealth; cause: string }
  | { type: "network-changed"; cause: string }
  /** By hand: open, until `released`. */
  | { type: "held" }
  | { type: "released" };

export interface BreakerChange {
  from: BreakerName;
  to: BreakerName;
  rule: string;
  cause: string;
}

export interface BreakerStep {
  state: BreakerState;
  /** At most one. */
  changes: readonly BreakerChange[];
}

export const NEW_BREAKER: ClosedState = {
  name: "closed",
  epoch: 0,
  row: [],
  window: [],
  health: undefined,
  openings: 0,
};
