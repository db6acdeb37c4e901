import type {
  ExchangeCommand,
  ExchangeEvent,
} from "../../src/exchange/events.js";
import { step } from "../../src/exchange/exchange.js";
import { type ExchangeState, IDLE } from "../../src/exchange/state.js";
import type { ExchangeTerms } from "../../src/exchange/terms.js";

/** One source, one way, one try. */
export const ALONE: ExchangeTerms = {
  limits: { firstByteMs: 30_000, bodyIdleMs: 20_000 },
  patience: { firstByteMs: 120_000, bodyIdleMs: 120_000 },
  totalMs: 0,
  repeatable: true,
  attempts: 1,
  stations: [{ source: 0 }],
  stationsKnown: true,
};

/** One source, three tries. */
export const RETRYING: ExchangeTerms = { ...ALONE, attempts: 3 };

/** A source over two ways, and another source. */
export const RICH: ExchangeTerms = {
  ...ALONE,
  attempts: 2,
  stations: [{ source: 0 }, { source: 0 }, { source: 1 }],
};

export const RESET = { kind: "reset", phase: "wait" } as const;

export function failed(
  attempt: number,
  how: Partial<Extract<ExchangeEvent, { type: "attempt-failed" }>> = {},
): ExchangeEvent {
  return {
    type: "attempt-failed",
    attempt,
    failure: RESET,
    reused: false,
    bodySent: false,
    ...how,
  };
}

export function answered(attempt: number, continuable = false): ExchangeEvent {
  return { type: "responded", attempt, continuable };
}

export function refused(attempt: number, presentable = true): ExchangeEvent {
  return {
    type: "rejected",
    attempt,
    presentable,
    failure: { kind: "server-error", code: "503" },
  };
}

export function rings(
  timer: "first-byte" | "body-idle",
  idleSinceMs: number,
): ExchangeEvent {
  return { type: "timer", timer, idleSinceMs };
}

export function broke(progressed = false): ExchangeEvent {
  return { type: "body-failed", failure: { kind: "truncated" }, progressed };
}

/** Plays a script: each event with its instant; gives back what was commanded, in words, and the last state. */
export function play(
  script: readonly (readonly [atMs: number, event: ExchangeEvent])[],
  terms: ExchangeTerms = ALONE,
): { said: string[]; commands: ExchangeCommand[]; state: ExchangeState } {
  let state: ExchangeState = IDLE;
  const commands: ExchangeCommand[] = [];
  for (const [atMs, event] of [[0, { type: "begin" }] as const, ...script]) {
    const next = step(state, event, terms, atMs);
    state = next.state;
    commands.push(...next.commands);
  }
  return { said: commands.map(describeCommand), commands, state };
}

function describeCommand(command: ExchangeCommand): string {
  switch (command.type) {
    case "arm":
      return `arm ${command.timer} ${command.delayMs}`;
    case "disarm":
      return command.timer === undefined ? "disarm" : `disarm ${command.timer}`;
    case "attempt": {
      const { attempt, fresh, reason, station } = command;
      const how = [reason, fresh && "fresh"].filter(Boolean).join(" ");
      return `attempt ${attempt} at ${station}${how && `: ${how}`}`;
    }
    case "follow":
      return `follow ${command.attempt} from ${command.from}`;
    case "pause":
      return `pause before ${command.station} after ${command.tries}`;
    case "abort":
    case "discard":
      return `${command.type} ${command.attempt} ${command.failure.kind}`;
    case "take":
    case "join":
      return `${command.type} ${command.attempt}`;
    case "answer":
    case "reset-client":
      return `${command.type} ${command.failure.kind}`;
    case "finish":
      return command.failure === undefined
        ? "finish"
        : `finish ${command.failure.kind}`;
    default:
      return command.type;
  }
}
