import { describe, expect, it } from "vitest";

import { lastInstantMs } from "../../src/store/last-instant.js";
import {
  sampleAttempt,
  sampleExchange,
  sampleSession,
} from "../support/sample-trace.js";

describe("the last instant of a record", () => {
  it("is the latest, however deep it stands", () => {
    const { endedAtMs: _, ...open } = sampleExchange();
    expect(
      lastInstantMs({
        ...open,
        attempts: [
          sampleAttempt({
            wait: { startedAtMs: 1530, endedAtMs: 1777.5 },
            lastByteAtMs: 1600,
          }),
        ],
      }),
    ).toBe(1777.5);
  });

  it("is the start where nothing else is known, never the anchor's", () => {
    const { endedAtMs: _, ...open } = sampleSession({
      startedAtMs: 20,
      anchor: { atMs: 900, unixNano: "1795341600000000000" },
    });
    expect(lastInstantMs(open)).toBe(20);
  });
});
