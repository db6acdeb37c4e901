import { describe, expect, it } from "vitest";

import { step } from "../../src/exchange/exchange.js";

import {
  ALONE,
  answered,
  broke,
  failed,
  play,
  refused,
  RETRYING,
  RICH,
  rings,
} from "./playbook.js";

const attempts = (said: string[]): string[] =>
  said.filter((line) => line.startsWith("attempt"));

describe("where the next try goes", () => {
  it("after a failed dial: the same source over the next way, then the next source, at once", () => {
    const dial = { failure: { kind: "connect-timeout" } } as const;
    const { said } = play(
      [
        [1, failed(0, dial)],
        [2, failed(1, dial)],
      ],
      RICH,
    );
    expect(attempts(said)).toEqual([
      "attempt 0 at 0",
      "attempt 1 at 1: way",
      "attempt 2 at 2: source",
    ]);
    expect(said.join()).not.toContain("pause");
  });

  it("after any other failure: the next source first", () => {
    const { said } = play(
      [
        [1, failed(0)],
        [2, failed(1)],
      ],
      RICH,
    );
    expect(attempts(said)).toEqual([
      "attempt 0 at 0",
      "attempt 1 at 2: source",
      "attempt 2 at 1: source",
    ]);
  });

  it("when all were tried: the one with the fewest tries, after a pause, until each has had its tries", () => {
    const two = {
      ...ALONE,
      attempts: 2,
      stations: [{ source: 0 }, { source: 1 }],
    };
    const { said } = play(
      [
        [1, failed(0)],
        [2, failed(1)],
        [3, { type: "pause-over" }],
        [4, failed(2)],
        [5, { type: "pause-over" }],
        [6, failed(3)],
      ],
      two,
    );
    expect(said.filter((line) => /^(attempt|pause|answer)/.test(line))).toEqual(
      [
        "attempt 0 at 0",
        "attempt 1 at 1: source",
        "pause before 0 after 1",
        "attempt 2 at 0: retry",
        "pause before 1 after 1",
        "attempt 3 at 1: retry",
        "answer reset",
      ],
    );
  });

  it("never again to a source that does not have it", () => {
    const two = {
      ...ALONE,
      attempts: 3,
      stations: [{ source: 0 }, { source: 1 }],
    };
    const { said } = play(
      [
        [1, failed(0)],
        [
          2,
          {
            type: "rejected",
            attempt: 1,
            presentable: false,
            failure: { kind: "not-there" },
          },
        ],
        [3, { type: "pause-over" }],
        [4, failed(2)],
        [5, { type: "pause-over" }],
      ],
      two,
    );
    expect(attempts(said).map((line) => line.split(" ")[3])).toEqual([
      "0",
      "1:",
      "0:",
      "0:",
    ]);
  });

  it("waits for the session's settings before another source is thought of", () => {
    const unknown = {
      ...RICH,
      stations: [{ source: 0 }],
      stationsKnown: false,
    };
    const { said, state } = play([[1, failed(0)]], unknown);
    expect(said.at(-1)).toBe("ask-stations");
    expect(state.name).toBe("waiting");
  });
});

describe("silence", () => {
  it("starts the next station beside the silent one, and the first answer wins", () => {
    const { said } = play(
      [
        [0, { type: "written", attempt: 0 }],
        [30_000, rings("first-byte", 0)],
        [30_100, { type: "written", attempt: 1 }],
        [30_200, answered(1)],
      ],
      RICH,
    );
    expect(said).toEqual([
      "attempt 0 at 0",
      "arm first-byte 30000",
      "disarm first-byte",
      "attempt 1 at 2: beside",
      "arm first-byte 30000",
      "disarm first-byte",
      "abort 0 first-byte-timeout",
      "arm body-idle 20000",
      "take 1",
    ]);
  });

  it("lets the silent one win when it speaks first", () => {
    const { said } = play(
      [
        [0, { type: "written", attempt: 0 }],
        [30_000, rings("first-byte", 0)],
        [30_200, answered(0)],
      ],
      RICH,
    );
    expect(said).toContain("abort 1 overtaken");
    expect(said).toContain("take 0");
  });

  it("of a sole source is met by a try on a fresh connection, then by patience", () => {
    const two = { ...RETRYING, attempts: 2 };
    const { said } = play(
      [
        [0, { type: "written", attempt: 0 }],
        [30_000, rings("first-byte", 0)],
        [30_000, { type: "pause-over" }],
        [30_001, { type: "written", attempt: 1 }],
        [150_001, rings("first-byte", 30_001)],
      ],
      two,
    );
    expect(said).toEqual([
      "attempt 0 at 0",
      "arm first-byte 30000",
      "pause before 0 after 0",
      "arm first-byte 90000",
      "disarm first-byte",
      "attempt 1 at 0: beside fresh",
      "arm first-byte 120000",
      "disarm",
      "abort 0 first-byte-timeout",
      "abort 1 first-byte-timeout",
      "answer first-byte-timeout",
      "finish first-byte-timeout",
    ]);
  });

  it("has its further try also where patience is no longer than first_byte", () => {
    const limit = { firstByteMs: 1_000, bodyIdleMs: 1_000 };
    const { said } = play(
      [
        [0, { type: "written", attempt: 0 }],
        [1_000, rings("first-byte", 0)],
        [1_000, { type: "pause-over" }],
        [1_001, { type: "written", attempt: 1 }],
        [2_001, rings("first-byte", 1_001)],
      ],
      { ...RETRYING, attempts: 2, limits: limit, patience: limit },
    );
    expect(attempts(said)).toHaveLength(2);
    expect(said.at(-1)).toBe("finish first-byte-timeout");
  });

  it("goes on being waited for when what was started beside it fails", () => {
    const two = { ...ALONE, stations: [{ source: 0 }, { source: 1 }] };
    const { said, state } = play(
      [
        [0, { type: "written", attempt: 0 }],
        [30_000, rings("first-byte", 0)],
        [30_100, refused(1, false)],
        [60_000, answered(0)],
      ],
      two,
    );
    expect(said).toContain("discard 1 server-error");
    expect(said.at(-1)).toBe("take 0");
    expect(state.name).toBe("opening");
  });
});

describe("a body that breaks off", () => {
  it("before its first byte is asked for anew anywhere", () => {
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, broke()],
      ],
      RICH,
    );
    expect(said.at(-1)).toBe("attempt 1 at 2: source");
  });

  it("goes on at the same source first, then at another", () => {
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [2, broke(true)],
        [2, { type: "pause-over" }],
        [3, failed(1)],
        [4, answered(2, true)],
        [5, { type: "joined" }],
        [6, { type: "body-ended" }],
      ],
      RICH,
    );
    expect(said.slice(said.indexOf("relay-head") + 1)).toEqual([
      "disarm body-idle",
      "pause before 0 after 0",
      "disarm first-byte",
      "attempt 1 at 0: resume",
      "disarm first-byte",
      "attempt 2 at 2: resume",
      "disarm first-byte",
      "arm body-idle 20000",
      "join 2",
      "disarm",
      "end-client",
      "finish",
    ]);
  });

  it("never goes on with other bytes: the stream is broken with its own cause", () => {
    const two = { ...ALONE, stations: [{ source: 0 }, { source: 1 }] };
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [2, broke()],
        [4, answered(1, true)],
        [
          5,
          {
            type: "body-failed",
            failure: { kind: "mirror-differs" },
            progressed: false,
          },
        ],
      ],
      two,
    );
    expect(said.slice(-2)).toEqual([
      "reset-client mirror-differs",
      "finish mirror-differs",
    ]);
  });

  it("breaks the stream where it cannot be continued", () => {
    const { said } = play(
      [
        [0, answered(0, false)],
        [1, { type: "body-began" }],
        [2, broke()],
      ],
      RICH,
    );
    expect(said.slice(-2)).toEqual([
      "reset-client truncated",
      "finish truncated",
    ]);
  });

  it("says what broke it, where nothing could continue it", () => {
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [2, broke()],
        [2, { type: "pause-over" }],
        [3, refused(1, false)],
      ],
      { ...RETRYING, attempts: 2 },
    );
    expect(said.slice(-2)).toEqual([
      "reset-client truncated",
      "finish truncated",
    ]);
  });

  it("has all tries again once a source has brought it forward", () => {
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [2, broke(true)],
        [2, { type: "pause-over" }],
        [3, answered(1, true)],
        [4, { type: "joined" }],
        [5, broke(true)],
        [5, { type: "pause-over" }],
        [6, answered(2, true)],
        [7, { type: "joined" }],
        [8, broke(true)],
      ],
      { ...RETRYING, attempts: 2 },
    );
    expect(said.at(-1)).toBe("pause before 0 after 0");
  });

  it("that stalls is given up for the rest of it", () => {
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [
          20_001,
          {
            type: "timer",
            timer: "body-idle",
            idleSinceMs: 1,
            progressed: true,
          },
        ],
      ],
      RICH,
    );
    expect(said.slice(-3)).toEqual([
      "abort 0 body-idle-timeout",
      "disarm body-idle",
      "pause before 0 after 0",
    ]);
  });
});

describe("a body of which little has come", () => {
  it("goes on at the next source, and waits for nothing", () => {
    const { said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [2, broke(false)],
      ],
      RICH,
    );
    expect(said.at(-1)).toBe("attempt 1 at 2: resume");
  });

  it("goes on at another source rather than wait for the retry budget", () => {
    const { commands, said } = play(
      [
        [0, answered(0, true)],
        [1, { type: "body-began" }],
        [2, broke(true)],
        [2, { type: "pause-over", station: 2 }],
      ],
      RICH,
    );
    expect(commands).toContainEqual({
      type: "pause",
      station: 0,
      tries: 0,
      orElse: 2,
    });
    expect(said.at(-1)).toBe("attempt 1 at 2: resume");
  });
});

describe("a POST that reached nobody", () => {
  it("goes another way", () => {
    const dial = { failure: { kind: "connect-refused" } } as const;
    const { said } = play([[1, failed(0, dial)]], {
      ...RICH,
      repeatable: false,
    });
    expect(said.at(-1)).toBe("attempt 1 at 1: way");
  });

  it("does not, once a byte of it is gone", () => {
    const { said } = play(
      [[1, failed(0, { failure: { kind: "connect-reset" }, bodySent: true })]],
      { ...RICH, repeatable: false },
    );
    expect(said.at(-1)).toBe("finish connect-reset");
  });
});

describe("Retry-After", () => {
  it("is not forgotten while the stations are asked for", () => {
    const unknown = { ...RETRYING, stationsKnown: false };
    const { state } = play(
      [
        [
          1,
          {
            type: "rejected",
            attempt: 0,
            presentable: true,
            failure: { kind: "server-error", code: "503" },
            retryAfterMs: 2_000,
          },
        ],
      ],
      unknown,
    );
    const { commands } = step(state, { type: "stations-known" }, RETRYING, 2);
    expect(commands).toContainEqual({
      type: "pause",
      station: 0,
      tries: 1,
      retryAfterMs: 2_000,
    });
  });
});

describe("what go is told when all is lost", () => {
  const two = { ...ALONE, stations: [{ source: 0 }, { source: 1 }] };

  it("is the failure of the source that it asked, not that a mirror has it not", () => {
    const { said } = play(
      [
        [1, failed(0)],
        [
          2,
          {
            type: "rejected",
            attempt: 1,
            presentable: false,
            failure: { kind: "not-there" },
          },
        ],
      ],
      two,
    );
    expect(said.slice(-2)).toEqual(["answer reset", "finish reset"]);
  });
});

describe("a source that gives a body in crumbs", () => {
  it("is asked for more a hundred times at most", () => {
    const crumbs = Array.from({ length: 300 }, (_, i) =>
      i === 0
        ? ([answered(0, true), { type: "body-began" }, broke(true)] as const)
        : ([
            { type: "pause-over" },
            answered(i, true),
            { type: "joined" },
            broke(true),
          ] as const),
    ).flat();
    const { said } = play(
      crumbs.map((event, at) => [at, event]),
      RETRYING,
    );
    expect(attempts(said)).toHaveLength(100);
    expect(said.at(-1)).toBe("finish truncated");
  });
});
