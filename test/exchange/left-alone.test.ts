import { describe, expect, it } from "vitest";

import { step } from "../../src/exchange/exchange.js";
import { ALONE, failed, play, refused, rings } from "./playbook.js";

const TWO = { ...ALONE, stations: [{ source: 0 }, { source: 1 }] };
const SILENT_BESIDE = [
  [0, { type: "written", attempt: 0 }],
  [30_000, rings("first-byte", 0)],
] as const;

describe("an attempt that is silent while the one beside it is over", () => {
  it.each([
    ["refused its dial", failed(1, { failure: { kind: "connect-refused" } })],
    ["had no such file", refused(1, false)],
  ])("has its patience: the one beside %s", (_how, over) => {
    const { said } = play([...SILENT_BESIDE, [31_000, over]], TWO);
    expect(said).toContain("attempt 1 at 1: beside");
    expect(said.at(-1)).toBe("arm first-byte 1");
    const later = play(
      [
        ...SILENT_BESIDE,
        [31_000, over],
        [31_001, rings("first-byte", 0)],
        [120_000, rings("first-byte", 0)],
      ],
      TWO,
    );
    expect(later.said).toContain(`arm first-byte ${120_000 - 31_001}`);
    expect(later.said.slice(-4)).toEqual([
      "disarm",
      "abort 0 first-byte-timeout",
      "answer first-byte-timeout",
      "finish first-byte-timeout",
    ]);
  });

  it("is not given up while a further try waits for its pause", () => {
    const { said, state } = play(
      [
        ...SILENT_BESIDE,
        [31_000, failed(1)],
        [200_000, rings("first-byte", 0)],
      ],
      { ...TWO, attempts: 2 },
    );
    expect(said.filter((line) => line.startsWith("pause"))).toHaveLength(1);
    expect(said.join()).not.toContain("answer");
    expect(state.name).toBe("waiting");
  });
});

it("an attempt is aborted for its own silence, whatever go is told", () => {
  const { said } = play(
    [
      [1, failed(0, { failure: { kind: "connect-refused" } })],
      [2, { type: "written", attempt: 1 }],
      [30_002, rings("first-byte", 2)],
      [120_002, rings("first-byte", 2)],
    ],
    TWO,
  );
  expect(said).toContain("abort 1 first-byte-timeout");
  expect(said).toContain("answer connect-refused");
});

it("a limit that the session's settings take away is none, though its timer runs", () => {
  const { state } = play([[0, { type: "written", attempt: 0 }]], {
    ...ALONE,
    stationsKnown: false,
  });
  const none = { firstByteMs: 0, bodyIdleMs: 0 };
  const terms = { ...ALONE, limits: none, patience: none };
  expect(step(state, rings("first-byte", 0), terms, 30_000)).toEqual({
    state,
    commands: [],
  });
});
