import { describe, expect, it } from "vitest";

import { openMemoryStore } from "../../src/store/memory-store.js";
import { sampleExchange, sampleSession } from "../support/sample-trace.js";

const LIMIT = 40_000;

function exchangeId(index: number): string {
  return (0xa00000000000 + index).toString(16);
}

describe("the store in memory", () => {
  it("lets ended sessions go when it is full, the oldest first", () => {
    const store = openMemoryStore(LIMIT);
    for (let session = 0; session < 20; session++) {
      const sessionId = `5e5510000000${session.toString(16).padStart(4, "0")}`;
      const { runId: _, ...own } = sampleSession({
        sessionId,
        traceId: sessionId.repeat(2),
      });
      store.write([own]);
      for (let index = 0; index < 10; index++)
        store.write([
          sampleExchange({
            exchangeId: exchangeId(session * 10 + index),
            sessionId,
          }),
        ]);
    }
    const kept = (session: number) =>
      store.trace({
        sessionId: `5e5510000000${session.toString(16).padStart(4, "0")}`,
      })?.exchanges.length;
    expect(kept(0)).toBeUndefined();
    expect(kept(19)).toBe(10);
    expect(kept(18)).toBe(10);
  });

  it("lets the oldest ended requests of an open session go, and no open one", () => {
    const store = openMemoryStore(LIMIT);
    const { endedAtMs: _s, ...session } = sampleSession();
    const { endedAtMs: _e, ...open } = sampleExchange();
    store.write([session, open]);
    for (let index = 0; index < 500; index++)
      store.write([sampleExchange({ exchangeId: exchangeId(index) })]);
    const left = store.trace({ sessionId: session.sessionId })?.exchanges ?? [];
    expect(left.length).toBeGreaterThan(20);
    expect(left.length).toBeLessThan(LIMIT / 250);
    const ids = left.map((exchange) => exchange.exchangeId);
    expect(ids).toContain(open.exchangeId);
    expect(ids).toContain(exchangeId(499));
    expect(ids).not.toContain(exchangeId(0));
  });

  it("is not changed by what happens to a record afterwards", () => {
    const store = openMemoryStore();
    const session = sampleSession();
    const exchange = sampleExchange();
    store.write([session, exchange]);
    session.command = "changed";
    exchange.host = "changed.example.com";
    const trace = store.trace({ sessionId: session.sessionId });
    expect(trace?.sessions).toStrictEqual([sampleSession()]);
    expect(trace?.exchanges).toStrictEqual([sampleExchange()]);
  });
});
