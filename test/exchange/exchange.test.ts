import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type ExchangeEvent, IDLE, step } from "../../src/exchange/exchange.js";
import { play, TERMS } from "./playbook.js";

const reset = { kind: "reset", phase: "wait" } as const;

describe("a request that goes well", () => {
  it("arms each limit when its phase begins and ends the client's stream cleanly", () => {
    const { said, state } = play([
      [0, { type: "begin" }],
      [5, { type: "written" }],
      [9, { type: "responded" }],
      [50, { type: "body-ended" }],
    ]);
    expect(said).toEqual([
      "attempt",
      "arm first-byte 30000",
      "disarm first-byte",
      "relay-head",
      "arm body-idle 20000",
      "disarm",
      "end-client",
      "finish",
    ]);
    expect(state.name).toBe("done");
  });

  it("keeps the total limit armed from the begin to the end", () => {
    const terms = { ...TERMS, limits: { ...TERMS.limits, totalMs: 1000 } };
    const { said } = play(
      [
        [0, { type: "begin" }],
        [5, { type: "written" }],
        [9, { type: "responded" }],
        [1000, { type: "timer", timer: "total", idleSinceMs: 1000 }],
      ],
      terms,
    );
    expect(said.filter((line) => line.includes("total"))).toEqual([
      "arm total 1000",
      "abort-attempt total-timeout",
      "reset-client total-timeout",
      "finish total-timeout",
    ]);
  });
});

describe("limits", () => {
  it("answers when the first byte does not come", () => {
    const { said } = play([
      [0, { type: "begin" }],
      [0, { type: "written" }],
      [30_000, { type: "timer", timer: "first-byte", idleSinceMs: 0 }],
    ]);
    expect(said.slice(-3)).toEqual([
      "abort-attempt first-byte-timeout",
      "answer first-byte-timeout",
      "finish first-byte-timeout",
    ]);
  });

  it("waits on for what is left when a byte came in between", () => {
    const { said, state } = play([
      [0, { type: "begin" }],
      [0, { type: "responded" }],
      [20_000, { type: "timer", timer: "body-idle", idleSinceMs: 15_000 }],
    ]);
    expect(said.at(-1)).toBe("arm body-idle 15000");
    expect(state.name).toBe("relaying");
  });

  it("breaks the stream when a body stalls: never a clean end", () => {
    const { said } = play([
      [0, { type: "begin" }],
      [0, { type: "responded" }],
      [20_000, { type: "timer", timer: "body-idle", idleSinceMs: 0 }],
    ]);
    expect(said).toContain("reset-client body-idle-timeout");
    expect(said).not.toContain("end-client");
  });

  it("means none by 0", () => {
    const terms = {
      ...TERMS,
      limits: { firstByteMs: 0, bodyIdleMs: 0, totalMs: 0 },
    };
    const { said } = play(
      [
        [0, { type: "begin" }],
        [0, { type: "written" }],
        [0, { type: "responded" }],
      ],
      terms,
    );
    expect(said.filter((line) => line.startsWith("arm"))).toEqual([]);
  });

  it("lets a late first-byte timer pass once the head is there", () => {
    const { commands } = play([
      [0, { type: "begin" }],
      [0, { type: "responded" }],
      [40_000, { type: "timer", timer: "first-byte", idleSinceMs: 0 }],
    ]);
    expect(commands.some((command) => command.type === "abort-attempt")).toBe(
      false,
    );
  });
});

describe("a stale connection", () => {
  const failed = (reused: boolean, bodySent = false): ExchangeEvent => ({
    type: "attempt-failed",
    failure: reset,
    reused,
    bodySent,
  });

  it("is dialled anew once, and counts for nothing", () => {
    const { said } = play([
      [0, { type: "begin" }],
      [1, failed(true)],
      [2, failed(true)],
    ]);
    expect(said.filter((line) => line === "attempt")).toHaveLength(2);
    expect(said).toContain("answer reset");
  });

  it("is not blamed for a reset on a connection of its own", () => {
    const { said } = play([
      [0, { type: "begin" }],
      [1, failed(false)],
    ]);
    expect(said.filter((line) => line === "attempt")).toHaveLength(1);
  });

  it("never repeats a POST after a reset", () => {
    const { said } = play(
      [
        [0, { type: "begin" }],
        [1, failed(true)],
      ],
      { ...TERMS, repeatable: false },
    );
    expect(said.filter((line) => line === "attempt")).toHaveLength(1);
  });

  it("repeats a POST that a GOAWAY refused, unless its bytes were sent", () => {
    const goaway = (bodySent: boolean): ExchangeEvent => ({
      type: "attempt-failed",
      failure: { kind: "goaway" },
      reused: true,
      bodySent,
    });
    const terms = { ...TERMS, repeatable: false };
    expect(
      play(
        [
          [0, { type: "begin" }],
          [1, goaway(false)],
        ],
        terms,
      ).said.filter((l) => l === "attempt"),
    ).toHaveLength(2);
    expect(
      play(
        [
          [0, { type: "begin" }],
          [1, goaway(true)],
        ],
        terms,
      ).said.filter((l) => l === "attempt"),
    ).toHaveLength(1);
  });
});

describe("invariants, for any script", () => {
  const failure = fc.constantFrom(
    { kind: "reset" } as const,
    { kind: "goaway" } as const,
    { kind: "truncated" } as const,
  );
  const event: fc.Arbitrary<ExchangeEvent> = fc.oneof(
    fc.constantFrom<ExchangeEvent>(
      { type: "written" },
      { type: "responded" },
      { type: "body-ended" },
      { type: "client-gone" },
      { type: "stopped" },
    ),
    fc.record({
      type: fc.constant("attempt-failed" as const),
      failure,
      reused: fc.boolean(),
      bodySent: fc.boolean(),
    }),
    fc.record({ type: fc.constant("body-failed" as const), failure }),
    fc.record({
      type: fc.constant("timer" as const),
      timer: fc.constantFrom(
        "first-byte" as const,
        "body-idle" as const,
        "total" as const,
      ),
      idleSinceMs: fc.integer({ min: 0, max: 50_000 }),
    }),
  );

  it("hold", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        let { state } = step(IDLE, { type: "begin" }, TERMS, 0);
        let headRelayed = false;
        let finished = 0;
        const broken: string[] = [];
        for (const [index, next] of events.entries()) {
          const stepped = step(state, next, TERMS, index * 5000);
          for (const { type } of stepped.commands) {
            if (finished > 0) broken.push(`${type} after the end`);
            if (type === "attempt" && headRelayed)
              broken.push("a retry once the head is out");
            if (type === "answer" && headRelayed)
              broken.push("an answer over relayed bytes");
            if (type === "reset-client" && !headRelayed)
              broken.push("a reset without an answer");
            if (type === "relay-head") headRelayed = true;
            if (type === "finish") finished += 1;
          }
          state = stepped.state;
        }
        expect(broken).toEqual([]);
        expect(finished).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("client gone cancels the attempt at once and tells nobody", () => {
    const { said } = play([
      [0, { type: "begin" }],
      [0, { type: "responded" }],
      [1, { type: "client-gone" }],
    ]);
    expect(said.slice(-3)).toEqual([
      "disarm",
      "abort-attempt client-gone",
      "finish client-gone",
    ]);
  });
});
