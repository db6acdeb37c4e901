import type { ExchangeEvent } from "./events.js";
import { SETTING_OUT, withAttempt } from "./journey.js";
import { reading } from "./read.js";
import { searching } from "./search.js";
import {
  armed,
  cancelled,
  type ExchangeState,
  lost,
  stay,
  type Step,
} from "./state.js";
import type { ExchangeTerms } from "./terms.js";

/**
 * One request's life. Invariants: the first cause wins (after `done` nothing is commanded); once a byte reached the client an
 * attempt is made only to continue that very body; a client that is gone cancels attempts and pauses; a body that broke ends
 * as a broken stream or is continued by the same bytes.
 *
 * At `first_byte` the next station is tried beside the silent one, and the first answer wins; what has nothing left beside it
 * has `patience`.
 */
export function step(
  state: ExchangeState,
  event: ExchangeEvent,
  terms: ExchangeTerms,
  nowMs: number,
): Step {
  if (state.name === "done") return stay(state);
  if (event.type === "client-gone")
    return cancelled(state, { kind: "client-gone" });
  if (event.type === "stopped")
    return lost(state, { kind: "stopped", cause: "gotap was stopped" });
  if (event.type === "timer" && event.timer === "total")
    return lost(state, { kind: "total-timeout", limitMs: terms.totalMs });
  switch (state.name) {
    case "idle":
      return event.type === "begin" ? begun(terms) : stay(state);
    case "waiting":
    case "resuming":
      return searching(state, event, terms, nowMs);
    default:
      return reading(state, event, terms, nowMs);
  }
}

function begun(terms: ExchangeTerms): Step {
  return {
    state: { name: "waiting", journey: withAttempt(SETTING_OUT, 0) },
    commands: [
      ...armed("total", terms.totalMs),
      { type: "attempt", attempt: 0, station: 0 },
    ],
  };
}
