import { describe, expect, it } from "vitest";

import type { ExchangeRecord } from "../../src/model/record.js";
import { spreadOf } from "../../src/report/statistics.js";
import { type RunSummary, summaryOf } from "../../src/report/summary.js";
import { summaryText } from "../../src/report/summary-text.js";
import { textWidth } from "../../src/report/text-width.js";
import {
  manySpans,
  moduleRequest,
  RUN_ID,
  sampleAttempt,
  sampleExchange,
  sampleRun,
  sampleTrace,
  TRACE_ID,
} from "../support/sample-trace.js";

/** The wall clock at SAMPLE_NOW_MS. */
const NOW = 1_795_341_612_300;
const summary = summaryOf(sampleTrace(), NOW);
const style = { columns: 80, color: false, unicode: true, stored: true };

describe("spreadOf", () => {
  it("is the nearest-rank median and the maximum", () => {
    expect(spreadOf([])).toBeNull();
    expect(spreadOf([5])).toEqual({ p50_ms: 5, worst_ms: 5 });
    expect(spreadOf([9, 1, 3, 2])).toEqual({ p50_ms: 2, worst_ms: 9 });
    expect(spreadOf([9, 10, 1])).toEqual({ p50_ms: 9, worst_ms: 10 });
  });
});

describe("summaryOf", () => {
  it("counts requests by kind and by outcome, tunnels apart", () => {
    expect(summary).toMatchObject({
      trace_id: TRACE_ID,
      run_id: RUN_ID,
      command: "make deps",
      started_at: "2026-11-22T10:00:00.000Z",
      duration_ms: 12_300,
      exit_code: 1,
      modules: 1,
      requests: {
        total: 9,
        failed: 3,
        not_found: 1,
        cancelled: 1,
        open: 1,
        by_kind: { zip: 4, info: 1, mod: 1, list: 1, "go-get": 2 },
      },
    });
    expect(summary.sessions).toMatchObject([
      { command: "go mod download", requests: 8, failed: 3 },
      { command: "go vet", requests: 1, failed: 0, duration_ms: null },
    ]);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it("gives each host its phases; the address that lost the race does not count", () => {
    expect(summary.hosts.map(({ host }) => host)).toEqual([
      "goproxy.cn",
      "git.corp.example",
    ]);
    expect(summary.hosts[0]).toMatchObject({
      requests: 7,
      dials: 1,
      dns: { p50_ms: 12.3, worst_ms: 12.3 },
      connect: { p50_ms: 28.5, worst_ms: 28.5 },
      tls: { p50_ms: 58.801, worst_ms: 58.801 },
      first_byte: { worst_ms: 2880 },
    });
  });

  it("names the slowest five, an open one with its time so far", () => {
    expect(summary.slowest).toHaveLength(5);
    expect(summary.slowest[0]).toMatchObject({
      request: "golang.org/x/tools@v0.30.0.zip",
      open: true,
      duration_ms: 7250,
      phase: "wait",
      phase_ms: 7200,
    });
    expect(summary.slowest[1]).toMatchObject({
      open: false,
      duration_ms: 7200,
      phase: "receive",
    });
    expect(summaryOf(sampleTrace()).slowest[0]?.open).toBe(false);
  });

  it("folds equal failures into one with its count and cause", () => {
    expect(summary.failures).toEqual([
      {
        error_type: "truncated",
        host: "goproxy.cn",
        phase: "receive",
        cause: "the body ended after 20000 of 90000 bytes",
        count: 1,
        outcome: "failed",
        recovered: false,
        requests: ["golang.org/x/text@v0.22.0.zip"],
        distinct_requests: 1,
        span_id: "e000000000050000",
      },
      {
        error_type: "tls-untrusted",
        host: "git.corp.example",
        phase: "tls",
        cause: "certificate has expired",
        count: 2,
        outcome: "failed",
        recovered: false,
        requests: ["git.corp.example/team/lib?go-get=1"],
        distinct_requests: 1,
        span_id: "e000000000060000",
      },
    ]);
    expect(summary.tunnels).toEqual([
      {
        host: "github.com",
        reason: "the client refused gotap's certificate 2 minutes ago",
        count: 1,
        bytes: 50_100,
      },
    ]);
  });

  it("tells a failed attempt of a request that then succeeded from a failure", () => {
    const exchange = sampleExchange({
      attempts: [
        sampleAttempt({
          failure: {
            kind: "first-byte-timeout",
            phase: "wait",
            limitMs: 30_000,
          },
        }),
        sampleAttempt({ index: 1, status: 200 }),
      ],
    });
    const { failures, requests } = summaryOf({
      ...sampleTrace(),
      exchanges: [exchange],
    });
    expect(requests.failed).toBe(0);
    expect(failures).toMatchObject([
      { recovered: true, cause: "no first byte within 30.0 s" },
    ]);
  });

  it("calls recovered only what was answered", () => {
    const outcome = (over: Partial<ExchangeRecord>) =>
      failuresOf([slowFirst(30_000, over)]).map((one) => one.outcome);
    expect(outcome({ status: 404 })).toEqual(["recovered"]);
    expect(outcome({ failure: { kind: "client-gone" } })).toEqual([
      "cancelled",
    ]);
    const { endedAtMs: _, ...open } = slowFirst(30_000);
    expect(failuresOf([open])).toMatchObject([
      { outcome: "open", recovered: false },
    ]);
  });

  it("keeps failures at different limits apart", () => {
    const all = [30_000, 5000, 30_000].map((limitMs) => slowFirst(limitMs));
    expect(failuresOf(all)).toMatchObject([
      { count: 2, cause: "no first byte within 30.0 s" },
      { count: 1, cause: "no first byte within 5.0 s" },
    ]);
  });
});

/** Two attempts: the first was silent for too long. */
function slowFirst(
  limitMs: number,
  over: Partial<ExchangeRecord> = {},
): ExchangeRecord {
  const failure = {
    kind: "first-byte-timeout",
    phase: "wait",
    limitMs,
  } as const;
  return sampleExchange({
    attempts: [
      sampleAttempt({ failure }),
      sampleAttempt({ index: 1, status: 200 }),
    ],
    ...over,
  });
}

function failuresOf(exchanges: ExchangeRecord[]): RunSummary["failures"] {
  return summaryOf({ ...sampleTrace(), exchanges }).failures;
}

describe("summaryText", () => {
  it("fits its lines in 80 columns and ends with what to type next", () => {
    for (const unicode of [true, false]) {
      const text = summaryText(summary, { ...style, unicode });
      for (const line of text.split("\n"))
        expect(textWidth(line)).toBeLessThanOrEqual(80);
      expect(text.trimEnd().split("\n").at(-1)).toBe(`  gotap show ${RUN_ID}`);
    }
    const ascii = summaryText(summary, { ...style, unicode: false });
    expect(ascii.replaceAll("\n", "")).toMatch(/^[ -~]*$/);
  });

  it("says what went wrong, with the cause, once", () => {
    const text = summaryText(summary, style);
    expect(text).toContain("gotap: make deps took 12.3 s, exit code 1");
    expect(text).toContain(
      "2× git.corp.example tls-untrusted: certificate has expired",
    );
    expect(text.match(/certificate has expired/g)).toHaveLength(1);
    expect(text).toContain("not opened");
  });

  it("is at most 20 lines for a healthy run, of thousands of requests too", () => {
    const healthy = summaryText(summaryOf(manySpans(4000)), style);
    expect(healthy.trimEnd().split("\n").length).toBeLessThanOrEqual(20);
    expect(healthy).not.toContain("failed");
  });

  it("says so when nothing came through", () => {
    const trace = {
      traceId: TRACE_ID,
      run: sampleRun({ exitCode: 0 }),
      sessions: [],
      exchanges: [],
    };
    expect(summaryText(summaryOf(trace), style)).toBe(
      `gotap: make deps took 12.3 s\n  no request came through gotap\n\n  gotap show ${RUN_ID}\n`,
    );
  });

  it("counts the other requests, not their attempts", () => {
    const text = (exchanges: ExchangeRecord[]) =>
      summaryText(summaryOf({ ...sampleTrace(), exchanges }), style);
    const same = [slowFirst(30_000), slowFirst(30_000), slowFirst(30_000)];
    expect(text(same)).toMatch(/3× goproxy\.cn .*\n {6}\S+\n/);
    const five = [1, 2, 3, 4, 5].map((number) =>
      slowFirst(30_000, {
        request: moduleRequest("mod", `a.example/${number}`, "v1.0.0"),
      }),
    );
    expect(text([...five, ...five])).toMatch(/10× .*\n.* and 2 more\n/);
  });

  it("says what became of a request whose attempt failed", () => {
    const gone = slowFirst(30_000, { failure: { kind: "client-gone" } });
    const text = summaryText(
      summaryOf({ ...sampleTrace(), exchanges: [gone] }),
      { ...style, columns: 200 },
    );
    expect(text).toContain("within 30.0 s (cancelled)\n");
    expect(text).not.toContain("succeeded");
  });

  it("cuts nothing where there is no width", () => {
    const path = `example.com/${"long/".repeat(60)}end`;
    const exchange = slowFirst(30_000, {
      request: moduleRequest("zip", path, "v1.0.0"),
    });
    const long = summaryOf({ ...sampleTrace(), exchanges: [exchange] });
    const text = summaryText(long, { ...style, columns: Infinity });
    expect(text.split(`${path}@v1.0.0.zip`)).toHaveLength(3);
    expect(text).not.toContain("…");
  });

  it("leaves out that nothing was received", () => {
    const exchange = sampleExchange({
      request: moduleRequest("mod", "golang.org/x/tools", "v0.30.0"),
      responseBytes: 0,
      attempts: [],
    });
    const nothing = summaryOf({ ...sampleTrace(), exchanges: [exchange] });
    const text = summaryText({ ...nothing, sessions: [] }, style);
    expect(text).not.toContain("0 B at");
    expect(text).toMatch(/^ {2}1 request: 1 mod\n\n/m);
  });

  it("names no command for a history that is gone with the run", () => {
    const summary = summaryOf(sampleTrace());
    expect(summaryText(summary, style)).toContain("gotap show");
    expect(summaryText(summary, { ...style, stored: false })).not.toContain(
      "gotap show",
    );
  });
});
