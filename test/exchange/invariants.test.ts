import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type {
  ExchangeCommand,
  ExchangeEvent,
} from "../../src/exchange/events.js";
import { step } from "../../src/exchange/exchange.js";
import { type ExchangeState, IDLE } from "../../src/exchange/state.js";
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
  ),
  { weight: 1, arbitrary: fc.constant<ExchangeEvent>({ type: "client-gone" }) },
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
const TERMS = fc.constantFrom(
  ALONE,
  RETRYING,
  RICH,
  { ...RICH, repeatable: false },
  { ...RICH, stations: [{ source: 0 }], stationsKnown: false },
);

/** Plays any script; calls `see` after each step. */
function playAny(
  script: readonly (readonly [number, ExchangeEvent])[],
  terms: typeof ALONE,
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

const check = (
  see: (
    commands: readonly ExchangeCommand[],
    all: readonly ExchangeCommand[],
    before: ExchangeState,
    event: ExchangeEvent,
    after: ExchangeState,
  ) => void,
): void => {
  fc.assert(
    fc.property(SCRIPT, TERMS, (script, terms) => {
      const all: ExchangeCommand[] = [];
      playAny(script, terms, (before, event, commands, after) => {
        all.push(...commands);
        see(commands, all, before, event, after);
      });
    }),
    { numRuns: 2000 },
  );
};

describe("for any script of events", () => {
  it("nothing is commanded after the end, and the end comes once", () => {
    check((commands, all, before) => {
      if (before.name === "done") expect(commands).toEqual([]);
      expect(all.filter(({ type }) => type === "finish").length).toBeLessThan(
        2,
      );
    });
  });

  it("the client is told at most one end, and a clean one only when its body has ended", () => {
    const ends = new Set(["answer", "reset-client", "end-client"]);
    check((commands, all, _before, event) => {
      expect(all.filter(({ type }) => ends.has(type)).length).toBeLessThan(2);
      if (commands.some(({ type }) => type === "end-client"))
        expect(event.type).toBe("body-ended");
    });
  });

  it("the head is handed on once, and gotap answers itself only before that", () => {
    check((_commands, all) => {
      const heads = all.flatMap(({ type }, at) =>
        type === "relay-head" ? [at] : [],
      );
      expect(heads.length).toBeLessThan(2);
      const answer = all.findIndex(({ type }) => type === "answer");
      if (answer >= 0) expect(heads).toEqual([]);
    });
  });

  it("after the head every further attempt is made to continue the body", () => {
    check((commands, all) => {
      const head = all.findIndex(({ type }) => type === "relay-head");
      if (head < 0) return;
      for (const command of commands)
        if (command.type === "attempt" && all.indexOf(command) > head)
          expect(["resume", "stale-connection"]).toContain(command.reason);
    });
  });

  it("what cannot be sent again is sent again only where it was not processed", () => {
    fc.assert(
      fc.property(SCRIPT, (script) => {
        playAny(
          script,
          { ...RICH, repeatable: false },
          (_before, event, commands) => {
            if (event.type === "begin" || event.type === "redirected") return;
            for (const command of commands)
              if (command.type === "attempt")
                expect(event).toMatchObject({
                  type: "attempt-failed",
                  failure: { kind: "goaway" },
                  bodySent: false,
                });
          },
        );
      }),
    );
  });

  it("an attempt has one index, and each source at most its tries before a byte came", () => {
    check((_commands, all, _before, _event, after) => {
      const started = all.flatMap((command) =>
        command.type === "attempt" || command.type === "follow"
          ? [command.attempt]
          : [],
      );
      expect(new Set(started).size).toBe(started.length);
      expect(started).toEqual(started.toSorted((a, b) => a - b));
      if (after.name !== "waiting") return;
      // One more is the dial in place of a stale connection.
      const perStation = after.journey.tries;
      for (const tries of perStation) expect(tries ?? 0).toBeLessThan(4);
    });
  });

  it("a client that is gone leaves nothing under way", () => {
    check((commands, _all, before, event) => {
      if (event.type !== "client-gone" || !("journey" in before)) return;
      for (const { attempt } of before.journey.running)
        expect(commands).toContainEqual(
          expect.objectContaining({ type: "abort", attempt }),
        );
    });
  });
});
