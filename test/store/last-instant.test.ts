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

  it("may be that of a change or of a pause", () => {
    const { endedAtMs: _, ...open } = sampleExchange();
    const before = 1;
    const waits = [{ startedAtMs: 1888, why: "backoff" as const, before }];
    expect(lastInstantMs({ ...open, waits })).toBe(1888);
    const { endedAtMs: _s, ...session } = sampleSession();
    const change = {
      spanId: "00000000000000c1",
      atMs: 1999,
      subject: "network" as const,
      name: "wlan0",
      from: "up",
      to: "down",
      rule: "network",
    };
    expect(lastInstantMs({ ...session, changes: [change] })).toBe(1999);
  });

  it("is the start where nothing else is known, never the anchor's", () => {
    const { endedAtMs: _, ...open } = sampleSession({
      startedAtMs: 20,
      anchor: { atMs: 900, unixNano: "1795341600000000000" },
    });
    expect(lastInstantMs(open)).toBe(20);
  });
});
