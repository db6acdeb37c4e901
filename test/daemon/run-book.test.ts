import { describe, expect, it } from "vitest";

import { RunBook, type RunStart } from "../../src/daemon/run-book.js";
import { wayOutOf } from "../../src/daemon/way-out.js";
import { FakeClock } from "../support/fake-clock.js";

const START: RunStart = {
  command: ["go", "mod", "download"],
  cwd: "/work",
  pid: 42,
  intercept: true,
};
const OWN = wayOutOf({ https: "http://own.example:1" });

describe("RunBook", () => {
  it("gives each run ids, a token and a clock anchor of its own", () => {
    const clock = new FakeClock(5_000);
    const book = new RunBook(clock, OWN);
    const [one, two] = [book.begin(START), book.begin(START)];
    expect(one.record.runId).toMatch(/^[0-9a-f]{16}$/);
    expect(one.record.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(one.token).toMatch(/^[0-9a-f]{32}$/);
    for (const key of ["runId", "traceId", "spanId"] as const)
      expect(one.record[key]).not.toBe(two.record[key]);
    expect(one.token).not.toBe(two.token);
    expect(one.bases).not.toBe(two.bases);
    expect(one.record.anchor).toEqual({
      atMs: 5_000,
      unixNano: "1767225600000000000",
    });
    expect(book.get(one.record.runId)).toBe(one);
    expect(book.get("0123456789abcdef")).toBeUndefined();
    expect(book.get(undefined)).toBeUndefined();
  });

  it("a run without a proxy of its own leaves as the daemon does", () => {
    const book = new RunBook(new FakeClock(), OWN);
    expect(book.begin(START).wayOut).toBe(OWN);
    const run = book.begin({ ...START, upstream: {} });
    expect(run.wayOut.name).toBeUndefined();
  });

  it("TRACEPARENT makes it a child of the caller's trace; an invalid one does not", () => {
    const book = new RunBook(new FakeClock(), OWN);
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const child = book.begin({
      ...START,
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    });
    expect(child.record.traceId).toBe(traceId);
    expect(child.record.parentSpanId).toBe("b7ad6b7169203331");
    const alone = book.begin({ ...START, traceparent: "00-0-0-01" });
    expect(alone.record).not.toHaveProperty("parentSpanId");
  });

  it("ends once: the first end stands, and late requests still find it", () => {
    const clock = new FakeClock();
    const book = new RunBook(clock, OWN);
    const { record } = book.begin(START);
    clock.advance(1_500);
    book.end(record.runId, { exitCode: 3 });
    const endedAtMs = clock.nowMs();
    clock.advance(1_000);
    const again = book.end(record.runId, { signal: "SIGKILL" });
    expect(again?.record).toMatchObject({ endedAtMs, exitCode: 3 });
    expect(again?.record).not.toHaveProperty("signal");
    expect(book.get(record.runId)?.record).toBe(record);
    expect(book.end("0123456789abcdef", {})).toBeUndefined();
  });
});
