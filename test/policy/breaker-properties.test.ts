import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  LONGEST_OPEN_MS,
  step,
  ticketOf,
  waitMs,
} from "../../src/policy/breaker.js";
import {
  type BreakerChange,
  type BreakerEvent,
  type BreakerState,
  NEW_BREAKER,
  type Ticket,
} from "../../src/policy/breaker-state.js";

/** What a test does next: an attempt that wants in, something to one that is in, or something from outside. */
type Move =
  | { do: "enter"; sole: boolean }
  | { do: "answer"; which: number }
  | {
      do: "end";
      which: number;
      outcome: "succeeded" | "failed" | "neither";
      exchange: number;
      retryAfterMs?: number;
    }
  | { do: "event"; event: BreakerEvent }
  | { do: "pass"; ms: number };

const which = fc.nat(30);
const moves = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({
        do: fc.constant("enter" as const),
        sole: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("answer" as const), which }),
    },
    {
      weight: 20,
      arbitrary: fc.record(
        {
          do: fc.constant("end" as const),
          which,
          outcome: fc.constantFrom("succeeded", "failed", "failed", "neither"),
          exchange: fc.nat(40),
          retryAfterMs: fc.nat(1_000_000),
        },
        { requiredKeys: ["do", "which", "outcome", "exchange"] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("event" as const),
        event: fc.constantFrom<BreakerEvent>(
          { type: "health", health: "healthy", cause: "" },
          { type: "health", health: "unhealthy", cause: "" },
          { type: "health", health: "unknown", cause: "" },
          { type: "network-changed", cause: "" },
          { type: "held" },
          { type: "released" },
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("pass" as const),
        ms: fc.oneof(fc.nat(2000), fc.nat(400_000)),
      }),
    },
  ),
  { maxLength: 200, size: "max" },
);

const settings = fc.record({
  failures: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(30)),
  failureRate: fc.double({ min: 0.05, max: 1, noNaN: true }),
  windowMs: fc.integer({ min: 1000, max: 60_000 }),
  openForMs: fc.integer({ min: 1, max: 600_000 }),
  halfOpen: fc.integer({ min: 1, max: 3 }),
});

interface Moment {
  move: Move;
  nowMs: number;
  before: BreakerState;
  state: BreakerState;
  changes: readonly BreakerChange[];
  /** Probes of this state that wait for an answer, as the test itself counts. */
  probes: number;
}

/** Plays the moves as the gate would: nobody enters who was told to wait. */
function play(
  script: readonly Move[],
  terms: Parameters<typeof step>[2],
): Moment[] {
  let state: BreakerState = NEW_BREAKER;
  let nowMs = 0;
  const inside: Ticket[] = [];
  return script.map((move) => {
    const before = state;
    const changes: BreakerChange[] = [];
    const apply = (event: BreakerEvent): void => {
      const next = step(state, event, terms, nowMs);
      state = next.state;
      changes.push(...next.changes);
    };
    const at =
      inside.length === 0
        ? 0
        : "which" in move
          ? move.which % inside.length
          : 0;
    const ticket = inside[at];
    if (move.do === "pass") nowMs += move.ms;
    else if (move.do === "event") apply(move.event);
    else if (move.do === "enter") {
      if (waitMs(state, terms, move.sole, nowMs) === 0) {
        apply({ type: "entered" });
        inside.push(ticketOf(state));
      }
    } else if (ticket !== undefined && move.do === "answer") {
      if (ticket.isProbe) apply({ type: "answered", ticket });
      inside[at] = { ...ticket, isProbe: false };
    } else if (ticket !== undefined && move.do === "end") {
      inside.splice(at, 1);
      const { outcome, exchange, retryAfterMs } = move;
      apply({
        type: "ended",
        ticket,
        outcome,
        countsAs: `x${exchange}`,
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      });
    }
    const probes = inside.filter(
      ({ isProbe, epoch }) => isProbe && epoch === state.epoch,
    ).length;
    return { move, nowMs, before, state, changes, probes };
  });
}

function always(
  check: (moment: Moment, terms: Parameters<typeof step>[2]) => void,
  parameters: { seed?: number } = {},
): void {
  fc.assert(
    fc.property(moves, settings, (script, terms) => {
      for (const moment of play(script, terms)) check(moment, terms);
    }),
    { numRuns: 200, ...parameters },
  );
}

describe("whatever happens, a breaker", () => {
  it("never has more than half_open probes under way, and counts them rightly", () => {
    always(({ state, probes }, { halfOpen }) => {
      expect(probes).toBeLessThanOrEqual(halfOpen);
      const counted = state.name === "half-open" ? state.probes : 0;
      expect(counted).toBe(probes);
    });
  });

  it("tells each change once, from what it was to what it is", () => {
    always(({ before, state, changes }) => {
      expect(changes.map(({ from, to }) => [from, to])).toEqual(
        before.name === state.name ? [] : [[before.name, state.name]],
      );
      expect(state.epoch - before.epoch).toBeLessThanOrEqual(1);
      expect(state.epoch).toBeGreaterThanOrEqual(before.epoch + changes.length);
    });
  });

  it("lets somebody in again within 5 min of the last event, unless it is held by hand or a probe is under way", () => {
    always(({ state, nowMs, probes }, terms) => {
      if (state.name === "open" && state.forced) return;
      if (probes >= terms.halfOpen) return;
      const longest = Math.max(LONGEST_OPEN_MS, terms.openForMs);
      const laterMs = nowMs + longest;
      for (const isSole of [true, false]) {
        expect(waitMs(state, terms, isSole, laterMs)).toBe(0);
        expect(waitMs(state, terms, isSole, nowMs)).toBeLessThanOrEqual(
          longest,
        );
      }
    });
  });

  it("never holds a request longer that has nowhere else to go, and time alone only shortens the wait", () => {
    always(({ state, nowMs }, terms) => {
      const wait = (isSole: boolean, atMs: number) =>
        waitMs(state, terms, isSole, atMs);
      expect(wait(true, nowMs)).toBeLessThanOrEqual(wait(false, nowMs));
      expect(wait(false, nowMs + 500)).toBeLessThanOrEqual(wait(false, nowMs));
    });
  });

  it("keeps what is held by hand", () => {
    always(({ before, state, move }) => {
      const wasHeld = before.name === "open" && before.forced;
      const isByHand =
        move.do === "event" &&
        (move.event.type === "released" || move.event.type === "held");
      const isHeld = state.name === "open" && state.forced;
      expect(isHeld || !wasHeld || isByHand).toBe(true);
    });
  });

  it("opens for a reason: a failed attempt or check, or a hand", () => {
    always(({ changes, move }) => {
      if (changes[0]?.to !== "open") return;
      const isFailure = move.do === "end" && move.outcome === "failed";
      const isOther =
        move.do === "event" &&
        (move.event.type === "held" ||
          (move.event.type === "health" && move.event.health === "unhealthy"));
      expect(isFailure || isOther).toBe(true);
    });
  });

  it("reaches every state", () => {
    const seen = new Set<string>();
    always(
      ({ changes }) => {
        for (const { to, rule } of changes) seen.add(`${to} by ${rule}`);
      },
      { seed: 7 },
    );
    expect([...seen].toSorted()).toEqual([
      "closed by breaker.half_open",
      "closed by by hand",
      "closed by health.passed",
      "closed by network",
      "half-open by breaker.open_for",
      "open by breaker.failure_rate",
      "open by breaker.failures",
      "open by breaker.half_open",
      "open by by hand",
      "open by health.failures",
    ]);
  });
});
