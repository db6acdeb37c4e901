import { describe, expect, it } from "vitest";

import type { AttemptRecord, ExchangeRecord } from "../../src/model/record.js";
import type { TraceRecords } from "../../src/model/trace.js";
import { recoveredLines } from "../../src/report/recovered-lines.js";
import { summaryOf } from "../../src/report/summary.js";
import { summaryText } from "../../src/report/summary-text.js";
import { textWidth } from "../../src/report/text-width.js";
import {
  recoveredTrace,
  sampleAttempt,
  sampleExchange,
  sampleRun,
  sampleTrace,
  TRACE_ID,
} from "../support/sample-trace.js";

const JOINED = "example.com/joined@v1.0.0.zip";

function traceOf(
  exchanges: ExchangeRecord[],
  exitCode: number | undefined = 0,
): TraceRecords {
  const run = sampleRun({ exitCode });
  return { traceId: TRACE_ID, run, sessions: [], exchanges };
}

/** One request with two attempts: the first failed, unless `first` says otherwise. */
function twice(
  first: Partial<AttemptRecord>,
  second: Partial<AttemptRecord>,
  over: Partial<ExchangeRecord> = {},
): ExchangeRecord {
  return sampleExchange({
    attempts: [
      sampleAttempt({ bodyBytes: 0, failure: { kind: "reset" }, ...first }),
      sampleAttempt({ index: 1, reason: "retry", status: 200, ...second }),
    ],
    ...over,
  });
}

describe("what kept a run going", () => {
  it("is counted once a request, by what it owes its answer to", () => {
    const summary = summaryOf(recoveredTrace());
    expect(summary.recovered).toEqual({
      requests: 7,
      sources: [
        { source: "mirror goproxy.io", requests: 3 },
        { source: "gomodcache", requests: 1 },
      ],
      resumed: 1,
      ways: [{ way: "backup-http", requests: 1 }],
      retried: 1,
    });
    expect(summary.refused).toEqual([{ host: "goproxy.cn", attempts: 1 }]);
    expect(summary.elsewhere).toEqual([]);
  });

  it("is nothing in a run without trouble, and its summary has no line more", () => {
    const summary = summaryOf(sampleTrace());
    expect(summary.recovered.requests).toBe(0);
    expect(recoveredLines(summary)).toEqual([]);
  });

  it("is no kept connection that was gone", () => {
    const stale = twice({}, { reason: "stale-connection" });
    const summary = summaryOf(traceOf([stale]));
    expect(summary.recovered.requests).toBe(0);
    expect(summary.failures).toEqual([]);
  });

  it("is nothing where go got no answer after all, or has none yet", () => {
    const failure = { kind: "reset" } as const;
    const lost = twice({}, { failure, bodyBytes: 0 }, { failure, status: 502 });
    const { endedAtMs: _, ...open } = twice({}, {});
    const { recovered } = summaryOf(traceOf([lost, open]));
    expect(recovered.requests).toBe(0);
  });

  it("counts an answer from elsewhere at the first attempt apart", () => {
    const stored = sampleAttempt({
      source: "offline",
      host: "gomodcache",
      port: 0,
      status: 200,
    });
    const summary = summaryOf(
      traceOf([sampleExchange({ attempts: [stored] })]),
    );
    expect(summary.recovered.requests).toBe(0);
    expect(summary.elsewhere).toEqual([{ source: "gomodcache", requests: 1 }]);
    expect(recoveredLines(summary)).toEqual([
      "answered   1 request from gomodcache",
    ]);
  });

  it("is said in a line each", () => {
    expect(recoveredLines(summaryOf(recoveredTrace()))).toEqual([
      "recovered  7 requests: 3 from mirror goproxy.io, 1 from gomodcache, 1 resumed, 1 by backup-http, 1 retried",
      "not asked  goproxy.cn 1 time: breaker open",
      `mixed      goproxy.cn, from 6.0 MB on mirror goproxy.io: ${JOINED}`,
    ]);
  });

  it("is cut to the terminal's width", () => {
    const style = { columns: 80, color: false, unicode: true, stored: true };
    const text = summaryText(summaryOf(recoveredTrace()), style);
    expect(text).toContain("\n  recovered  7 requests: 3 from mirror");
    for (const line of text.split("\n"))
      expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  it("shows nothing that a terminal obeys", () => {
    const evil = "evil\u001b[2J";
    const lines = recoveredLines(
      summaryOf(
        traceOf([
          twice({}, { host: evil, source: "mirror", reason: "source" }),
          twice({ way: "a" }, { way: evil, reason: "way" }),
          twice({ host: evil, failure: { kind: "breaker-open" } }, {}),
        ]),
      ),
    );
    expect(lines).toHaveLength(2);
    expect(lines.join("")).not.toContain("\u001b");
  });
});

describe("a body from two sources", () => {
  it("is in the summary with where each part begins", () => {
    expect(summaryOf(recoveredTrace()).mixed).toEqual([
      {
        request: JOINED,
        parts: [
          { source: "goproxy.cn", from: 0 },
          { source: "mirror goproxy.io", from: 6_000_000 },
        ],
        span_id: "b000000000040000",
      },
    ]);
  });

  it.each([
    ["exit code 0", { exitCode: 0 }, false],
    ["exit code 1", { exitCode: 1 }, true],
    ["a signal", { exitCode: 0, signal: "SIGKILL" }, true],
  ] as const)("is named where the run failed: %s", (_, over, named) => {
    const trace = recoveredTrace();
    const run = sampleRun(over);
    const lines = recoveredLines(summaryOf({ ...trace, run })).join("\n");
    expect(lines.includes("mixed      goproxy.cn, from 6.0 MB on mirror")).toBe(
      named,
    );
  });
});

describe("failures of a request with several sources", () => {
  it("stand at the source that failed, not at the last one asked", () => {
    const recovered = twice(
      { failure: { kind: "connect-refused" } },
      { host: "goproxy.io", source: "mirror", reason: "source" },
    );
    const differs = { kind: "mirror-differs" } as const;
    const lost = twice(
      { failure: differs, host: "goproxy.io", source: "mirror" },
      { failure: { kind: "reset" } },
      { failure: differs, exchangeId: "e0000000000f" },
    );
    const { failures } = summaryOf(traceOf([recovered, lost], 1));
    expect(
      failures.map(({ error_type, host, recovered: later }) => [
        error_type,
        host,
        later,
      ]),
    ).toEqual([
      ["mirror-differs", "mirror goproxy.io", false],
      ["connect-refused", "goproxy.cn", true],
    ]);
  });

  it("are not that it was overtaken, that a mirror has it not, or that a breaker was open", () => {
    const kinds = ["overtaken", "not-there", "breaker-open"] as const;
    const exchanges = kinds.map((kind, index) =>
      twice(
        { failure: { kind } },
        { host: "goproxy.io", source: "mirror", reason: "source" },
        { exchangeId: `e0000000001${index}` },
      ),
    );
    expect(summaryOf(traceOf(exchanges)).failures).toEqual([]);
  });
});
