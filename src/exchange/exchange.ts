import type { Failure } from "../model/failure.js";

/** Limits of one exchange as policy/ worked them out; 0 means none. */
export interface ExchangeLimits {
  /** For each attempt: request written to first byte, the last try there is already counted with `patience`. */
  firstByteMs: number;
  /** The same for a body under way while the client can take bytes. */
  bodyIdleMs: number;
  totalMs: number;
}

export type TimerName = "first-byte" | "body-idle" | "total";

/** What happens to an exchange. Instants come beside it, as `nowMs`. */
export type ExchangeEvent =
  | { type: "begin" }
  /** The request's head is written; a body may still be under way. */
  | { type: "written" }
  | { type: "responded" }
  | {
      type: "attempt-failed";
      failure: Failure;
      /** The connection was there before this attempt: the peer may have closed it while the request was on its way. */
      reused: boolean;
      /** A byte of the request's body is gone to the peer. */
      bodySent: boolean;
    }
  | { type: "body-ended" }
  | { type: "body-failed"; failure: Failure }
  | { type: "client-gone" }
  | { type: "stopped" }
  | {
      type: "timer";
      timer: TimerName;
      /** Since when the peer owes a byte; now, where it owes none (the client is the slow one). */
      idleSinceMs: number;
    };

/** What is to be done about it, in this order. */
export type ExchangeCommand =
  | { type: "attempt" }
  | { type: "abort-attempt"; failure: Failure }
  | { type: "arm"; timer: TimerName; delayMs: number }
  /** Without a name: all of them. */
  | { type: "disarm"; timer?: TimerName }
  | { type: "relay-head" }
  | { type: "end-client" }
  /** No byte reached the client: gotap answers for itself. */
  | { type: "answer"; failure: Failure }
  /** Bytes reached the client: the stream must not look complete. */
  | { type: "reset-client"; failure: Failure }
  | { type: "finish"; failure?: Failure };

/** Frozen facts of one exchange. */
export interface ExchangeTerms {
  limits: ExchangeLimits;
  /** GET and HEAD: may be sent again while no byte reached the client (RFC 9110 §9.2.2). */
  repeatable: boolean;
}

export type ExchangeState =
  | { name: "idle" }
  | { name: "waiting"; attempts: number; stale: boolean }
  | { name: "relaying" }
  | { name: "done" };

export interface Step {
  state: ExchangeState;
  commands: readonly ExchangeCommand[];
}

export const IDLE: ExchangeState = { name: "idle" };
const DONE: ExchangeState = { name: "done" };
const NOTHING: readonly ExchangeCommand[] = [];

/**
 * One request's life. Invariants: the first cause wins (after `done` nothing is commanded); no attempt is started once the
 * head was relayed; a client that is gone cancels the attempt; a body that broke ends as a broken stream.
 *
 * Retry, failover and resume have their place in `afterFailure`: today it knows one rule, the stale connection.
 */
export function step(
  state: ExchangeState,
  event: ExchangeEvent,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  if (state.name === "done") return { state, commands: NOTHING };
  switch (event.type) {
    case "begin":
      return {
        state: { name: "waiting", attempts: 1, stale: false },
        commands: [
          ...armed("total", terms.limits.totalMs),
          { type: "attempt" },
        ],
      };
    case "written":
      if (state.name !== "waiting") return { state, commands: NOTHING };
      return { state, commands: armed("first-byte", terms.limits.firstByteMs) };
    case "responded":
      if (state.name !== "waiting") return { state, commands: NOTHING };
      return {
        state: { name: "relaying" },
        commands: [
          { type: "disarm", timer: "first-byte" },
          { type: "relay-head" },
          ...armed("body-idle", terms.limits.bodyIdleMs),
        ],
      };
    case "attempt-failed":
      return afterFailure(state, event, terms);
    case "body-ended":
      if (state.name !== "relaying") return { state, commands: NOTHING };
      return {
        state: DONE,
        commands: [
          { type: "disarm" },
          { type: "end-client" },
          { type: "finish" },
        ],
      };
    case "body-failed":
      return ended([told(state, event.failure)], event.failure);
    case "client-gone":
      return cancelled({ kind: "client-gone" });
    case "stopped":
      return failedHere(state, { kind: "stopped", cause: "gotap was stopped" });
    case "timer":
      return onTimer(state, event, terms, nowMs);
  }
}

function afterFailure(
  state: ExchangeState,
  event: Extract<ExchangeEvent, { type: "attempt-failed" }>,
  terms: ExchangeTerms,
): Step {
  // A kept connection that the peer closed while the request was under way says nothing about the peer (RFC 9112 §9.3.1):
  // dial anew, once, as go does. A GOAWAY'd stream was not processed at all (RFC 9113 §6.8), so even a POST may go again.
  const { kind } = event.failure;
  const stale =
    event.reused &&
    ((kind === "reset" && terms.repeatable) ||
      (kind === "goaway" && !event.bodySent));
  if (state.name === "waiting" && stale && !state.stale) {
    return {
      state: { name: "waiting", attempts: state.attempts + 1, stale: true },
      commands: [{ type: "disarm", timer: "first-byte" }, { type: "attempt" }],
    };
  }
  return ended([told(state, event.failure)], event.failure);
}

function onTimer(
  state: ExchangeState,
  event: Extract<ExchangeEvent, { type: "timer" }>,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  if (event.timer === "total") {
    const failure: Failure = {
      kind: "total-timeout",
      limitMs: terms.limits.totalMs,
    };
    return failedHere(state, failure);
  }
  const wanted = event.timer === "first-byte" ? "waiting" : "relaying";
  if (state.name !== wanted) return { state, commands: NOTHING };
  const limitMs =
    event.timer === "first-byte"
      ? terms.limits.firstByteMs
      : terms.limits.bodyIdleMs;
  const leftMs = event.idleSinceMs + limitMs - nowMs;
  if (leftMs > 0) return { state, commands: armed(event.timer, leftMs) };
  return failedHere(
    state,
    event.timer === "first-byte"
      ? { kind: "first-byte-timeout", phase: "wait", limitMs }
      : { kind: "body-idle-timeout", phase: "receive", limitMs },
  );
}

/** Our own limit: the attempt is aborted and go is told. */
function failedHere(state: ExchangeState, failure: Failure): Step {
  return ended(
    [{ type: "abort-attempt", failure }, told(state, failure)],
    failure,
  );
}

/** By an answer while no byte reached the client, else by a stream that cannot look complete. */
function told(state: ExchangeState, failure: Failure): ExchangeCommand {
  return {
    type: state.name === "relaying" ? "reset-client" : "answer",
    failure,
  };
}

function cancelled(failure: Failure): Step {
  return ended([{ type: "abort-attempt", failure }], failure);
}

function ended(commands: ExchangeCommand[], failure: Failure): Step {
  return {
    state: DONE,
    commands: [{ type: "disarm" }, ...commands, { type: "finish", failure }],
  };
}

function armed(timer: TimerName, limitMs: number): ExchangeCommand[] {
  return limitMs > 0 ? [{ type: "arm", timer, delayMs: limitMs }] : [];
}
