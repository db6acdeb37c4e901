import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { EXPLAIN_COMMAND } from "../../src/policy/answers.js";
import { type ChildResult, expectCode } from "../support/child.js";
import type { Gotap, ShownTrace } from "../support/gotap.js";
import type { GoSandbox } from "../support/go.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Fault } from "../support/origin-answer.js";
import type { OriginOptions } from "../support/origin.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans, phasesOf, serverSpans } from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 1, totalBytes: 300_000 });
const ZIP = tree.modules[0]?.zip.length ?? 0;
const CACHED = "cache/download/example.com/!team/mod0/@v/v1.0.0.zip";

// go alone would hang for ever in each of these.
describe.skipIf(reason)(`origins that stall or break${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  async function download(
    fault: Fault,
    protocols: OriginOptions["protocols"] = ["h2", "http/1.1"],
  ): Promise<{
    result: ChildResult;
    trace: ShownTrace;
    sandbox: GoSandbox;
    gotap: Gotap;
  }> {
    const origin = await scene.origin({
      protocols,
      handler: ({ path }) => ({
        ...tree.answer(path),
        range: false,
        ...(path.endsWith(".zip") ? { fault } : {}),
      }),
    });
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const gotap = scene.gotap({
      timeouts: { patience: "2s" },
      // Each stall is met by the only try there is.
      top: "retry.attempts = 1\n",
    });
    const project = sandbox.project();
    tree.writeProject(project);
    const result = await runUnderGotap(
      gotap,
      sandbox,
      ["go", "mod", "download"],
      { cwd: project },
    );
    return { result, trace: await gotap.onlyRun(), sandbox, gotap };
  }

  function zipSpan(trace: ShownTrace) {
    const span = serverSpans(trace).find(
      (one) => one.attributes["gotap.go.kind"] === "zip",
    );
    if (span === undefined) throw new Error("no span for the zip");
    return span;
  }

  it("no first byte: go gets a 504 that says what happened", async () => {
    const { result, trace } = await download({ kind: "drop" });
    expectCode(result, 1);
    expect(result.stderr).toContain("504 Gateway Timeout");
    expect(result.stderr).toContain("server response:");
    expect(result.stderr).toContain("goproxy.test");
    expect(result.stderr).toContain(`${EXPLAIN_COMMAND} `);
    expect(zipSpan(trace)).toMatchObject({
      status: { code: "ERROR" },
      attributes: {
        "http.response.status_code": 504,
        "error.type": "first-byte-timeout",
      },
    });
    const attempt = clientSpans(trace).find(
      (one) => one.parent_span_id === zipSpan(trace).span_id,
    );
    expect(attempt?.attributes["error.type"]).toBe("first-byte-timeout");
    const wait =
      attempt === undefined ? undefined : phasesOf(trace, attempt).get("wait");
    const waited =
      wait === undefined
        ? 0n
        : BigInt(wait.end_unix_nano ?? 0) - BigInt(wait.start_unix_nano);
    expect(waited).toBeGreaterThanOrEqual(1_999_000_000n);
  });

  const half = Math.floor(ZIP / 2);
  it.each<[string, Fault, OriginOptions["protocols"], string]>([
    [
      "a body that stalls, HTTP/2",
      { kind: "stall", atByte: half },
      ["h2"],
      "body-idle-timeout",
    ],
    [
      "a body that stalls, HTTP/1.1",
      { kind: "stall", atByte: half },
      ["http/1.1"],
      "body-idle-timeout",
    ],
    [
      "a truncated body, HTTP/2",
      { kind: "truncate", atByte: half },
      ["h2"],
      "truncated",
    ],
    [
      "a truncated body, HTTP/1.1",
      { kind: "truncate", atByte: half },
      ["http/1.1"],
      "truncated",
    ],
    [
      "a reset in the body, HTTP/2",
      { kind: "rst-stream", atByte: half, code: 2 },
      ["h2"],
      "stream-reset",
    ],
  ])(
    "%s: a broken stream, never a short zip",
    async (_name, fault, protocols, kind) => {
      const { result, trace, sandbox } = await download(fault, protocols);
      expectCode(result, 1);
      expect(existsSync(join(sandbox.modCache, CACHED))).toBe(false);
      expect(zipSpan(trace)).toMatchObject({
        status: { code: "ERROR" },
        attributes: { "error.type": kind },
      });
      expect(zipSpan(trace).attributes["http.response.body.size"]).toBeLessThan(
        ZIP,
      );
    },
  );

  it("nobody listens: go gets a 502 with the cause", async () => {
    const origin = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });
    await origin.refuse();
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, [
      "go",
      "mod",
      "download",
      "example.com/team/mod0@v1.0.0",
    ]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("502 Bad Gateway");
    expect(result.stderr).toMatch(/refused/);
    const trace = await gotap.onlyRun();
    expect(clientSpans(trace)[0]?.attributes["error.type"]).toBe(
      "connect-refused",
    );
  });

  it("a certificate that does not verify: go gets a 502 that says so", async () => {
    const origin = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const gotap = scene.gotap({ ca: [] });
    const result = await runUnderGotap(gotap, sandbox, [
      "go",
      "mod",
      "download",
      "example.com/team/mod0@v1.0.0",
    ]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("502 Bad Gateway");
    const trace = await gotap.onlyRun();
    expect(clientSpans(trace)[0]?.attributes["error.type"]).toBe(
      "tls-untrusted",
    );
    expect(origin.requests).toEqual([]);
  });

  it("a healthy but slow body is left alone", async () => {
    const { result } = await download({
      kind: "drip",
      bytes: Math.ceil(ZIP / 25),
      everyMs: 100,
    });
    expect(result).toMatchObject({ code: 0 });
  });
});
