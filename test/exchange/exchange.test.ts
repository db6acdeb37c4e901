import { describe, expect, it } from "vitest";

import {
  ALONE,
  answered,
  broke,
  failed,
  play,
  refused,
  RESET,
  RETRYING,
  rings,
} from "./playbook.js";

describe("a request that goes well", () => {
  it("arms each limit when its phase begins, and hands the head on with the first byte", () => {
    const { said, state } = play([
      [5, { type: "written", attempt: 0 }],
      [9, answered(0)],
      [10, { type: "body-began" }],
      [50, { type: "body-ended" }],
    ]);
    expect(said).toEqual([
      "attempt 0 at 0",
      "arm first-byte 120000",
      "disarm first-byte",
      "arm body-idle 120000",
      "take 0",
      "relay-head",
      "disarm",
      "end-client",
      "finish",
    ]);
    expect(state.name).toBe("done");
  });

  it("keeps the total limit armed from the begin to the end", () => {
    const { said } = play(
      [
        [9, answered(0)],
        [9, { type: "body-began" }],
        [1000, { type: "timer", timer: "total", idleSinceMs: 1000 }],
      ],
      { ...ALONE, totalMs: 1000 },
    );
    expect(said.slice(-3)).toEqual([
      "abort 0 total-timeout",
      "reset-client total-timeout",
      "finish total-timeout",
    ]);
  });
});

describe("limits of the only try there is", () => {
  it("are patience", () => {
    const { said } = play([
      [0, { type: "written", attempt: 0 }],
      [120_000, rings("first-byte", 0)],
    ]);
    expect(said.slice(-4)).toEqual([
      "disarm",
      "abort 0 first-byte-timeout",
      "answer first-byte-timeout",
      "finish first-byte-timeout",
    ]);
  });

  it("wait on for what is left when a byte came in between", () => {
    const { said, state } = play([
      [0, answered(0)],
      [0, { type: "body-began" }],
      [120_000, rings("body-idle", 15_000)],
    ]);
    expect(said.at(-1)).toBe("arm body-idle 15000");
    expect(state.name).toBe("relaying");
  });

  it("break the stream when a body stalls: never a clean end", () => {
    const { said } = play([
      [0, answered(0)],
      [0, { type: "body-began" }],
      [120_000, rings("body-idle", 0)],
    ]);
    expect(said).toContain("reset-client body-idle-timeout");
    expect(said).not.toContain("end-client");
  });

  it("are none where they are 0", () => {
    const none = { firstByteMs: 0, bodyIdleMs: 0 };
    const { said } = play(
      [
        [0, { type: "written", attempt: 0 }],
        [0, answered(0)],
      ],
      { ...ALONE, limits: none, patience: none },
    );
    expect(said.filter((line) => line.startsWith("arm"))).toEqual([]);
  });

  it("let a late first-byte timer pass once the head is there", () => {
    const { said } = play([
      [0, answered(0)],
      [130_000, rings("first-byte", 0)],
    ]);
    expect(said.some((line) => line.startsWith("abort"))).toBe(false);
  });
});

describe("a stale connection", () => {
  const attempts = (said: string[]): string[] =>
    said.filter((line) => line.startsWith("attempt"));

  it("is dialled anew once, and counts for nothing", () => {
    const { said } = play([
      [1, failed(0, { reused: true })],
      [2, failed(1, { reused: true })],
    ]);
    expect(attempts(said)).toEqual([
      "attempt 0 at 0",
      "attempt 1 at 0: stale-connection",
    ]);
    expect(said).toContain("answer reset");
  });

  it("leaves all tries for what is a failure", () => {
    const { said } = play(
      [
        [1, failed(0, { reused: true })],
        [2, failed(1)],
      ],
      {
        ...RETRYING,
        attempts: 2,
      },
    );
    expect(said.at(-1)).toBe("pause before 0 after 1");
  });

  it("is not blamed for a reset on a connection of its own", () => {
    expect(attempts(play([[1, failed(0)]]).said)).toHaveLength(1);
  });

  it("never repeats a POST after a reset", () => {
    const { said } = play([[1, failed(0, { reused: true })]], {
      ...RETRYING,
      repeatable: false,
    });
    expect(attempts(said)).toHaveLength(1);
  });

  it("repeats a POST that a GOAWAY refused, unless its bytes were sent", () => {
    const goaway = (bodySent: boolean): string[] =>
      play(
        [
          [
            1,
            failed(0, { failure: { kind: "goaway" }, reused: true, bodySent }),
          ],
        ],
        { ...ALONE, repeatable: false },
      ).said;
    expect(attempts(goaway(false))).toHaveLength(2);
    expect(attempts(goaway(true))).toHaveLength(1);
  });
});

describe("an answer that a further try might better", () => {
  it("is go's where nothing is left to try", () => {
    const { said } = play([[9, refused(0)]]);
    expect(said).toContain("take 0");
  });

  it("is dropped for a retry, and the last one is go's", () => {
    const { said } = play(
      [
        [9, refused(0)],
        [10, { type: "pause-over" }],
        [19, refused(1)],
        [20, { type: "pause-over" }],
        [29, refused(2)],
      ],
      RETRYING,
    );
    expect(said).toEqual([
      "attempt 0 at 0",
      "discard 0 server-error",
      "pause before 0 after 1",
      "disarm first-byte",
      "attempt 1 at 0: retry",
      "discard 1 server-error",
      "pause before 0 after 2",
      "disarm first-byte",
      "attempt 2 at 0: retry",
      "disarm first-byte",
      "arm body-idle 120000",
      "take 2",
    ]);
  });

  it("is go's at once for what cannot be sent again", () => {
    const { said } = play([[9, refused(0)]], {
      ...RETRYING,
      repeatable: false,
    });
    expect(said).toContain("take 0");
  });
});

describe("a client that is gone", () => {
  it("ends the attempt and hears nothing", () => {
    const { said } = play([[5, { type: "client-gone" }]]);
    expect(said.slice(1)).toEqual([
      "disarm",
      "abort 0 client-gone",
      "finish client-gone",
    ]);
  });

  it("ends the pause before a retry", () => {
    const { said } = play(
      [
        [1, failed(0)],
        [2, { type: "client-gone" }],
        [3, { type: "pause-over" }],
      ],
      RETRYING,
    );
    expect(said.slice(1)).toEqual([
      "pause before 0 after 1",
      "disarm",
      "cancel-pause",
      "finish client-gone",
    ]);
  });
});

describe("the first cause", () => {
  it("wins: after the end nothing is commanded", () => {
    const { said } = play([
      [1, failed(0)],
      [2, { type: "client-gone" }],
      [3, answered(0)],
      [4, broke()],
    ]);
    expect(said.filter((line) => line.startsWith("finish"))).toEqual([
      `finish ${RESET.kind}`,
    ]);
  });
});
