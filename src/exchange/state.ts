import type { Failure } from "../model/failure.js";
import type { ExchangeCommand, ExchangeEvent, TimerName } from "./events.js";
import type { Journey } from "./journey.js";

export type ExchangeState =
  | { name: "idle" }
  /** No byte reached the client; attempts are under way, or a pause between two. */
  | { name: "waiting"; journey: Journey }
  /** An answer was taken, its body has no byte yet, and the client has nothing. */
  | { name: "opening"; journey: Journey; station: number; continuable: boolean }
  | {
      name: "relaying";
      journey: Journey;
      station: number;
      continuable: boolean;
    }
  /** The body broke off; attempts are under way that may continue it. */
  | { name: "resuming"; journey: Journey; broke: Failure }
  /** An answer is held against what the client already has. */
  | { name: "joining"; journey: Journey; station: number; broke: Failure }
  | { name: "done" };

/** Attempts are under way and nothing was decided. */
export type Searching = Extract<
  ExchangeState,
  { name: "waiting" | "resuming" }
>;
/** One attempt's body is read; it is the only one that runs. */
export type Reading = Extract<ExchangeState, { station: number }>;

export interface Step {
  state: ExchangeState;
  commands: readonly ExchangeCommand[];
}

export type Event<T extends ExchangeEvent["type"]> = Extract<
  ExchangeEvent,
  { type: T }
>;

export const IDLE: ExchangeState = { name: "idle" };
const DONE: ExchangeState = { name: "done" };

export function stay(state: ExchangeState): Step {
  return { state, commands: [] };
}

export function armed(timer: TimerName, limitMs: number): ExchangeCommand[] {
  return limitMs > 0 ? [{ type: "arm", timer, delayMs: limitMs }] : [];
}

/** The clean end. */
export function finished(): Step {
  return {
    state: DONE,
    commands: [{ type: "disarm" }, { type: "end-client" }, { type: "finish" }],
  };
}

/** What is under way is aborted, and the client, who is gone, is told nothing. */
export function cancelled(state: ExchangeState, failure: Failure): Step {
  return {
    state: DONE,
    commands: [
      { type: "disarm" },
      ...aborts(state, failure),
      { type: "finish", failure },
    ],
  };
}

/** What broke the body says more than that nothing could continue it, but for these. */
const SAYS_MORE: ReadonlySet<Failure["kind"]> = new Set([
  "mirror-differs",
  "range-differs",
  "total-timeout",
  "stopped",
]);

/**
 * Nothing is left to try: an answer of gotap's own while no byte reached the client, else a stream that cannot look complete.
 * @param theirs of the attempts that are still under way
 */
export function lost(
  state: ExchangeState,
  failure: Failure,
  before: readonly ExchangeCommand[] = [],
  theirs = failure,
): Step {
  const cause =
    "broke" in state && !SAYS_MORE.has(failure.kind) ? state.broke : failure;
  const told: ExchangeCommand =
    state.name === "waiting" || state.name === "opening"
      ? { type: "answer", failure: cause }
      : { type: "reset-client", failure: cause };
  return {
    state: DONE,
    commands: [
      ...before,
      { type: "disarm" },
      ...aborts(state, theirs),
      told,
      { type: "finish", failure: cause },
    ],
  };
}

function aborts(state: ExchangeState, failure: Failure): ExchangeCommand[] {
  if (!("journey" in state)) return [];
  const { pausing, running } = state.journey;
  return [
    ...(pausing === undefined ? [] : [{ type: "cancel-pause" } as const]),
    ...running.map(
      ({ attempt }) => ({ type: "abort", attempt, failure }) as const,
    ),
  ];
}
