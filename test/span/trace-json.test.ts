import { describe, expect, it } from "vitest";

import { traceJson } from "../../src/span/trace-json.js";
import {
  RUN_ID,
  sampleRun,
  sampleSession,
  sampleTrace,
  TRACE_ID,
} from "../support/sample-trace.js";

describe("traceJson", () => {
  it("has exactly SPEC §3's fields, at both levels", () => {
    const json = traceJson(sampleTrace());
    expect(Object.keys(json)).toEqual([
      "trace_id",
      "session_id",
      "run_id",
      "command",
      "started_at",
      "duration_ms",
      "exit_code",
      "spans",
    ]);
    for (const span of json.spans)
      expect(Object.keys(span).toSorted()).toEqual([
        "attributes",
        "end_unix_nano",
        "kind",
        "links",
        "name",
        "parent_span_id",
        "span_id",
        "start_unix_nano",
        "status",
        "trace_id",
      ]);
    expect(json).toMatchObject({
      trace_id: TRACE_ID,
      session_id: "5e551000000000b1",
      run_id: RUN_ID,
      command: "make deps",
      started_at: "2026-11-22T10:00:00.000Z",
      duration_ms: 12_300,
      exit_code: 1,
    });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  it("is a session's where there is no run", () => {
    const { runId: _, ...session } = sampleSession();
    const json = traceJson({
      traceId: TRACE_ID,
      sessions: [session],
      exchanges: [],
    });
    expect(json).toMatchObject({
      run_id: null,
      command: "go mod download",
      exit_code: null,
      duration_ms: 8795.5,
      started_at: "2026-11-22T10:00:00.004Z",
    });
  });

  it("counts up to now while the run is open, and knows a run without requests", () => {
    const { endedAtMs: _, exitCode: _code, ...run } = sampleRun();
    const trace = { traceId: TRACE_ID, run, sessions: [], exchanges: [] };
    expect(traceJson(trace, 1_795_341_602_500)).toMatchObject({
      session_id: null,
      duration_ms: 2500,
      exit_code: null,
    });
    expect(traceJson({ ...sampleTrace(), run }).duration_ms).toBe(8800);
  });
});
