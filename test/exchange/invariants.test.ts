import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type {
  ExchangeCommand,
  ExchangeEvent,
} from "../../src/exchange/events.js";
import { step } from "../../src/exchange/exchange.js";
import { type ExchangeState, IDLE } from "../../src/exchange/state.js";
import type { ExchangeTerms } from "../../src/exchange/terms.js";
import { ALONE, RETRYING, RICH } from "./playbook.js";

const FAILURES = fc.constantFrom(
  { kind: "reset" } as const,
  { kind: "goaway" } as const,
  { kind: "connect-timeout" } as const,
  { kind: "tls-untrusted" } as const,
  { kind: "server-error" } as const,
  { kind: "not-there" } as const,
  { kind: "breaker-open" } as const,
);
const ATTEMPT = fc.integer({ min: 0, max: 6 });

const EVENT: fc.Arbitrary<ExchangeEvent> = fc.oneof(
  fc.constantFrom<ExchangeEvent>(
    { type: "stations-known" },
    { type: "pause-over" },
    { type: "body-began" },
    { type: "body-ended" },
    { type: "joined" },
    { type: "client-gone" },
    { type: "stopped" },
  ),
  fc.record({ type: fc.constant("written" as const), attempt: ATTEMPT }),
  fc.record({ type: fc.constant("redirected" as const), attempt: ATTEMPT }),
  fc.record({
    type: fc.constant("responded" as const),
    attempt: ATTEMPT,
    continuable: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("rejected" as const),
    attempt: ATTEMPT,
    failure: FAILURES,
    presentable: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("attempt-failed" as const),
    attempt: ATTEMPT,
    failure: FAILURES,
    reused: fc.boolean(),
    bodySent: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("body-failed" as const),
    failure: fc.constantFrom(
      { kind: "truncated" } as const,
      { kind: "mirror-differs" } as const,
    ),
    progressed: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("timer" as const),
    timer: fc.constantFrom("first-byte", "body-idle", "total"),
    idleSinceMs: fc.integer({ min: 0, max: 200_000 }),
  }),
);
const SCRIPT = fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000 }), EVENT), {
  maxLength: 40,
});
const TERMS: fc.Arbitrary<ExchangeTerms> = fc.constantFrom(
  ALONE,
  RETRYING,
  RICH,
  { ...RICH, repeatable: false },
  { ...RICH, stations: [{ source: 0 }], stationsKnown: false },
);

/** Plays any script; calls `see` after each step. */
function playAny(
  script: readonly (readonly [number, ExchangeEvent])[],
  terms: ExchangeTerms,
  see: (
    before: ExchangeState,
    event: ExchangeEvent,
    commands: readonly ExchangeCommand[],
    after: ExchangeState,
  ) => void,
): void {
  let state: ExchangeState = IDLE;
  let nowMs = 0;
  for (const [pause, event] of [[0, { type: "begin" }] as const, ...script]) {
    nowMs += pause;
    const next = step(state, event, terms, nowMs);
    see(state, event, next.commands, next.state);
    state = next.state;
  }
}

interface Moment {
  before: ExchangeState;
  event: ExchangeEvent;
  commands: readonly ExchangeCommand[];
  after: ExchangeState;
  /** Commanded so far, these included. */
  all: readonly ExchangeCommand[];
}

/** A script in which it does not hold at every moment; null where there is none. */
function against(
  holds: (moment: Moment) => boolean,
  terms: fc.Arbitrary<ExchangeTerms> = TERMS,
): unknown {
  const property = fc.property(SCRIPT, terms, (script, one) => {
    const all: ExchangeCommand[] = [];
    let held = true;
    playAny(script, one, (before, event, commands, after) => {
      all.push(...commands);
      held &&= holds({ before, event, commands, after, all });
    });
    return held;
  });
  return fc.check(property, { numRuns: 2000 }).counterexample;
}

const count = (
  commands: readonly ExchangeCommand[],
  ...types: ExchangeCommand["type"][]
): number => commands.filter(({ type }) => types.includes(type)).length;

describe("for any script of events", () => {
  it("nothing is commanded after the end, and the end comes once", () => {
    expect(
      against(
        ({ all, before, commands }) =>
          (before.name !== "done" || commands.length === 0) &&
          count(all, "finish") < 2,
      ),
    ).toBeNull();
  });

  it("the client is told at most one end, and a clean one only when its body has ended", () => {
    expect(
      against(
        ({ all, commands, event }) =>
          count(all, "answer", "reset-client", "end-client") < 2 &&
          (count(commands, "end-client") === 0 || event.type === "body-ended"),
      ),
    ).toBeNull();
  });

  it("the head is handed on once, and gotap answers itself only before that", () => {
    expect(
      against(
        ({ all }) =>
          count(all, "relay-head") < 2 &&
          (count(all, "answer") === 0 || count(all, "relay-head") === 0),
      ),
    ).toBeNull();
  });

  it("after the head every further attempt is made to continue the body", () => {
    expect(
      against(({ all }) => {
        const head = all.findIndex(({ type }) => type === "relay-head");
        return all.every(
          (command, at) =>
            head < 0 ||
            at < head ||
            command.type !== "attempt" ||
            command.reason === "resume" ||
            command.reason === "stale-connection",
        );
      }),
    ).toBeNull();
  });

  it("what cannot be sent again is sent again only where it was not processed", () => {
    expect(
      against(
        ({ commands, event }) =>
          event.type === "begin" ||
          count(commands, "attempt") === 0 ||
          event.type === "pause-over" ||
          (event.type === "attempt-failed" &&
            ["goaway", "connect-timeout", "breaker-open"].includes(
              event.failure.kind,
            ) &&
            !event.bodySent),
        fc.constant({ ...RICH, repeatable: false }),
      ),
    ).toBeNull();
  });

  it("each attempt has an index of its own, in order", () => {
    expect(
      against(({ all }) => {
        const begun = all.flatMap((command) =>
          command.type === "attempt" || command.type === "follow"
            ? [command.attempt]
            : [],
        );
        return begun.every((index, at) => index === at);
      }),
    ).toBeNull();
  });

  it("a client that is gone leaves nothing under way", () => {
    expect(
      against(({ before, commands, event }) => {
        if (event.type !== "client-gone" || !("journey" in before)) return true;
        return before.journey.running.every(({ attempt }) =>
          commands.some(
            (command) =>
              command.type === "abort" && command.attempt === attempt,
          ),
        );
      }),
    ).toBeNull();
  });

  it("while nothing was decided something is under way, or to come", () => {
    expect(
      against(({ after }) => {
        if (after.name !== "waiting" && after.name !== "resuming") return true;
        const { asking, pausing, running } = after.journey;
        return (
          running.length > 0 || pausing !== undefined || asking !== undefined
        );
      }),
    ).toBeNull();
  });
});
