import type { BreakerSettings } from "../model/settings.js";
import type {
  BreakerEvent,
  BreakerState,
  BreakerStep,
  ClosedState,
  HalfOpenState,
  KnownHealth,
  OpenState,
  Ticket,
} from "./breaker-state.js";
import { outcomes, withOutcome } from "./breaker-window.js";
import { duration } from "./failure-sentence.js";

/** SPEC §4: `open_for` doubles up to 5 min. */
export const LONGEST_OPEN_MS = 300_000;
/** Fewer attempts say nothing about a rate. */
const ENOUGH_ATTEMPTS = 20;
/** A row that comes by chance less often than once in a thousand windows says something. */
const BY_CHANCE = 0.001;
/** Whatever chance says, so many times `failures` in a row are enough. */
const LONGEST_ROW = 4;
/** Nobody knows when a probe under way will have its answer. */
const PROBE_WAIT_MS = 1000;

/** What a probe or attempt that is let in now gets. */
export function ticketOf(state: BreakerState): Ticket {
  return { epoch: state.epoch, isProbe: state.name === "half-open" };
}

/**
 * How long until an attempt is let in; 0: now. Held by hand it is 5 min, whenever asked.
 *
 * For a request that has no other source or way it is `open_for` and never the doubled one; only Retry-After holds that longer.
 * While a health check says `unhealthy`, the others leave the probing to it, for at most 5 min after it said so.
 */
export function waitMs(
  state: BreakerState,
  settings: BreakerSettings,
  isSole: boolean,
  nowMs: number,
): number {
  switch (state.name) {
    case "closed":
      return 0;
    case "half-open":
      return state.probes < settings.halfOpen ? 0 : PROBE_WAIT_MS;
    case "open":
      if (state.forced) return LONGEST_OPEN_MS;
      return Math.max(0, probeAtMs(state, settings, isSole) - nowMs);
  }
}

function probeAtMs(
  state: OpenState,
  settings: BreakerSettings,
  isSole: boolean,
): number {
  const { openedAtMs, openForMs, notBeforeMs, unhealthyAtMs } = state;
  if (isSole)
    return Math.max(
      notBeforeMs,
      openedAtMs + Math.min(openForMs, settings.openForMs),
    );
  return Math.max(
    notBeforeMs,
    openedAtMs + openForMs,
    unhealthyAtMs === undefined ? 0 : unhealthyAtMs + LONGEST_OPEN_MS,
  );
}

/**
 * One breaker. Invariants: at most `half_open` probes wait for an answer; what was let in before a change of state counts for
 * nothing after it; what is held by hand is changed by hand alone.
 *
 * A health check closes whatever opened it, except before Retry-After is over, and except where attempts failed again after a
 * check had closed it: small answers may pass where bodies stall, and then only a probe's success closes it.
 * @param nowMs monotonic; never less than at the step before
 */
export function step(
  state: BreakerState,
  event: BreakerEvent,
  settings: BreakerSettings,
  nowMs: number,
): BreakerStep {
  switch (event.type) {
    case "entered":
      return entered(state);
    case "answered":
      return stay(freed(state, event.ticket));
    case "ended":
      return ended(state, event, settings, nowMs);
    case "health":
      return checked(state, event.health, event.cause, settings, nowMs);
    case "network-changed":
      if (state.name === "open" && state.forced) return stay(state);
      return closed(state, "network", event.cause);
    case "held": {
      const next = opening(state, settings, nowMs, {
        openings: 1,
        rule: "by hand",
        cause: "opened by hand",
        doubtsChecks: false,
      });
      return changed(state, { ...next, forced: true }, "by hand", next.cause);
    }
    case "released":
      return closed(state, "by hand", "closed by hand");
  }
}

function entered(state: BreakerState): BreakerStep {
  if (state.name === "closed") return stay(state);
  if (state.name === "half-open")
    return stay({ ...state, probes: state.probes + 1 });
  const next: HalfOpenState = {
    ...keptOf(state),
    name: "half-open",
    openings: state.openings,
    rule: state.rule,
    cause: state.cause,
    doubtsChecks: state.doubtsChecks,
    probes: 1,
  };
  return changed(state, next, "breaker.open_for", "a probe is let through");
}

function ended(
  state: BreakerState,
  event: Extract<BreakerEvent, { type: "ended" }>,
  settings: BreakerSettings,
  nowMs: number,
): BreakerStep {
  const { outcome, ticket, cause = "failed" } = event;
  if (ticket.epoch !== state.epoch) return stay(state);
  const here = freed(state, ticket);
  if (outcome === "neither" || here.name === "open") return stay(here);
  const isFailed = outcome === "failed";
  if (here.name === "half-open") {
    if (!isFailed)
      return closed(here, "breaker.half_open", "a probe succeeded");
    return opened(here, settings, nowMs, {
      rule: "breaker.half_open",
      cause: `the probe failed: ${cause}`,
      doubtsChecks: here.doubtsChecks,
      retryAfterMs: event.retryAfterMs,
    });
  }
  const { windowMs } = settings;
  const window = withOutcome(here.window, isFailed, windowMs, nowMs);
  if (!isFailed) return stay({ ...here, window, row: [], openings: 0 });
  const row = withFailed(here.row, event.countsAs, settings.failures);
  const next: ClosedState = { ...here, window, row };
  const rule = trippedBy(next, settings, nowMs);
  if (rule === undefined) return stay(next);
  return opened(next, settings, nowMs, {
    rule: rule.key,
    cause: `${rule.why}, the last: ${cause}`,
    doubtsChecks: here.openings > 0,
    retryAfterMs: event.retryAfterMs,
  });
}

function withFailed(
  row: readonly string[],
  exchangeId: string,
  failures: number,
): readonly string[] {
  return row.includes(exchangeId)
    ? row
    : [...row, exchangeId].slice(-failures * LONGEST_ROW);
}

/**
 * How many failures in a row are no accident: `failures`, and more where attempts fail now and then all the time, so that a row
 * of that length is to be expected (one in five of 1,000 requests: nine). Such a source is `failure_rate`'s to judge.
 */
function rowThatTrips(
  { row, window }: ClosedState,
  { failures, windowMs }: BreakerSettings,
  nowMs: number,
): number {
  const { attempts, failed } = outcomes(window, windowMs, nowMs);
  const before = attempts - row.length;
  const share = (failed - row.length) / before;
  if (before < ENOUGH_ATTEMPTS || share <= 0) return failures;
  let length = failures;
  while (
    length < failures * LONGEST_ROW &&
    before * share ** length > BY_CHANCE
  )
    length += 1;
  return length;
}

function trippedBy(
  state: ClosedState,
  settings: BreakerSettings,
  nowMs: number,
): { key: string; why: string } | undefined {
  const inRow = state.row.length;
  if (inRow >= rowThatTrips(state, settings, nowMs))
    return {
      key: "breaker.failures",
      why:
        inRow === 1 ? "a failed request" : `${inRow} failed requests in a row`,
    };
  const { windowMs, failureRate } = settings;
  const { attempts, failed } = outcomes(state.window, windowMs, nowMs);
  if (attempts < ENOUGH_ATTEMPTS || failed / attempts < failureRate)
    return undefined;
  return {
    key: "breaker.failure_rate",
    why: `${failed} of ${attempts} attempts in ${duration(windowMs)} failed`,
  };
}

function checked(
  state: BreakerState,
  health: KnownHealth,
  cause: string,
  settings: BreakerSettings,
  nowMs: number,
): BreakerStep {
  const here: BreakerState = { ...state, health };
  if (here.name === "open") here.unhealthyAtMs = undefined;
  if (health === "unhealthy" && here.name === "closed")
    return opened(here, settings, nowMs, {
      rule: "health.failures",
      cause,
      doubtsChecks: false,
      unhealthyAtMs: nowMs,
    });
  if (health === "unhealthy" && here.name === "open")
    return stay({ ...here, unhealthyAtMs: nowMs });
  if (health !== "healthy" || here.name === "closed" || here.doubtsChecks)
    return stay(here);
  if (here.name === "open" && (here.forced || nowMs < here.notBeforeMs))
    return stay(here);
  // What checks opened, checks may close as if nothing had been.
  const openings = here.rule === "health.failures" ? 0 : here.openings;
  return closed(here, "health.passed", cause, openings);
}

/** Takes the place of a probe back, if it is a place of now. */
function freed(state: BreakerState, ticket: Ticket): BreakerState {
  return state.name === "half-open" &&
    ticket.isProbe &&
    ticket.epoch === state.epoch
    ? { ...state, probes: state.probes - 1 }
    : state;
}

function stay(state: BreakerState): BreakerStep {
  return { state, changes: [] };
}

interface Opening {
  rule: string;
  cause: string;
  doubtsChecks: boolean;
  retryAfterMs?: number | undefined;
  unhealthyAtMs?: number;
}

function opened(
  state: BreakerState,
  settings: BreakerSettings,
  nowMs: number,
  why: Opening,
): BreakerStep {
  const openings = state.openings + 1;
  const next = opening(state, settings, nowMs, { ...why, openings });
  return changed(state, next, why.rule, why.cause);
}

function opening(
  state: BreakerState,
  { openForMs }: BreakerSettings,
  nowMs: number,
  why: Opening & { openings: number },
): OpenState {
  const { openings, rule, cause, doubtsChecks, retryAfterMs = 0 } = why;
  const doubled = openForMs * 2 ** (openings - 1);
  return {
    ...keptOf(state),
    name: "open",
    forced: false,
    openedAtMs: nowMs,
    openForMs: Math.min(doubled, Math.max(openForMs, LONGEST_OPEN_MS)),
    notBeforeMs: nowMs + Math.min(retryAfterMs, LONGEST_OPEN_MS),
    unhealthyAtMs: why.unhealthyAtMs,
    openings,
    rule,
    cause,
    doubtsChecks,
  };
}

/** Closed, with nothing counted. */
function closed(
  state: BreakerState,
  rule: string,
  cause: string,
  openings = 0,
): BreakerStep {
  const kept = { ...keptOf(state), row: [], window: [] };
  return changed(state, { ...kept, name: "closed", openings }, rule, cause);
}

/** No change of name is told as one, but what was under way counts for nothing all the same. */
function changed(
  from: BreakerState,
  to: BreakerState,
  rule: string,
  cause: string,
): BreakerStep {
  const state = { ...to, epoch: from.epoch + 1 };
  return from.name === to.name
    ? { state, changes: [] }
    : { state, changes: [{ from: from.name, to: to.name, rule, cause }] };
}

function keptOf({
  epoch,
  row,
  window,
  health,
}: BreakerState): Pick<BreakerState, "epoch" | "row" | "window" | "health"> {
  return { epoch, row, window, health };
}
