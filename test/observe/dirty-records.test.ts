import { describe, expect, it } from "vitest";

import { DirtyRecords } from "../../src/observe/dirty-records.js";
import {
  sampleExchange,
  sampleRun,
  sampleSession,
} from "../support/sample-trace.js";

function openExchange(exchangeId: string) {
  const { endedAtMs: _, ...open } = sampleExchange({ exchangeId });
  return open;
}

describe("records that wait for the next batch", () => {
  it("go once, however often they changed, runs and sessions first", () => {
    const dirty = new DirtyRecords();
    const exchange = openExchange("e00000000001");
    dirty.put(exchange);
    dirty.put(exchange);
    dirty.put(sampleSession());
    dirty.put(sampleRun());
    expect(dirty.size).toBe(3);
    expect(dirty.takeAll().map(({ type }) => type)).toEqual([
      "run",
      "session",
      "exchange",
    ]);
    expect(dirty.size).toBe(0);
    expect(dirty.takeAll()).toEqual([]);
  });

  it("that ended go without the open ones, and an exchange that ended is not both", () => {
    const dirty = new DirtyRecords();
    dirty.put(openExchange("e00000000001"));
    dirty.put(openExchange("e00000000002"));
    dirty.put(sampleExchange({ exchangeId: "e00000000001" }));
    expect([dirty.size, dirty.endedCount]).toEqual([2, 1]);
    expect(dirty.takeEnded()).toEqual([
      sampleExchange({ exchangeId: "e00000000001" }),
    ]);
    expect(dirty.takeAll()).toEqual([openExchange("e00000000002")]);
  });
});
