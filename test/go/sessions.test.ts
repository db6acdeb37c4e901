import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Origin } from "../support/origin.js";
import { startDaemon } from "../support/gotap.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { orphans, serverSpans, sessionSpans } from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const trees = {
  a: makeModuleTree({ modules: 8, host: "a.example.com", seed: "a" }),
  b: makeModuleTree({ modules: 8, host: "b.example.com", seed: "b" }),
};

describe.skipIf(reason)(`runs and sessions${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  /** Both trees, slow enough that two downloads overlap. */
  function bothTrees(): Promise<Origin> {
    return scene.origin({
      handler: ({ path }) => ({
        ...(path.startsWith("/a.") ? trees.a : trees.b).answer(path),
        delayMs: 20,
      }),
    });
  }

  it("three go commands of one script are one trace with three sessions", async () => {
    const origin = await bothTrees();
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const project = sandbox.project();
    trees.a.writeProject(project);
    const script = [
      "go mod download",
      "go list -m -versions a.example.com/team/mod1",
      "go list -m b.example.com/team/mod1@latest",
    ].join(" && ");
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, ["sh", "-c", script], {
      cwd: project,
    });
    expectCode(result, 0);

    const rows = await gotap.traces();
    expect(new Set(rows.map((row) => row.trace_id)).size).toBe(1);
    const trace = await gotap.onlyRun();
    expect(orphans(trace)).toEqual([]);
    const sessions = sessionSpans(trace);
    expect(sessions.map((span) => span.name)).toEqual([
      "go mod download",
      "go list",
      "go list",
    ]);
    expect(
      new Set(sessions.map((span) => span.attributes["gotap.session.id"])).size,
    ).toBe(3);
    expect(
      new Set(sessions.map((span) => span.attributes["process.pid"])).size,
    ).toBe(3);
    for (const session of sessions)
      expect(session.end_unix_nano).not.toBeNull();
    const counts = sessions.map(
      (session) =>
        serverSpans(trace).filter(
          (span) => span.parent_span_id === session.span_id,
        ).length,
    );
    const ofB = origin.requests.filter(({ path }) => path.startsWith("/b."));
    expect(counts).toEqual([24, 1, ofB.length]);
    expect(trace).toMatchObject({
      exit_code: 0,
      command: expect.stringContaining("go mod download") as string,
    });
  });

  it("two runs at once do not mix", async () => {
    const origin = await bothTrees();
    const gotap = scene.gotap();
    const results = await Promise.all(
      (["a", "b"] as const).map((name) => {
        const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
        const project = sandbox.project();
        trees[name].writeProject(project);
        return runUnderGotap(gotap, sandbox, ["go", "mod", "download"], {
          cwd: project,
        });
      }),
    );
    expect(results.map((result) => result.code)).toEqual([0, 0]);
    await expectApart(gotap);
  });

  it("two clients of one daemon do not mix", async () => {
    const origin = await bothTrees();
    const gotap = scene.gotap();
    const daemon = await startDaemon(gotap);
    const results = await Promise.all(
      (["a", "b"] as const).map((name) => {
        const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
        const project = sandbox.project();
        trees[name].writeProject(project);
        return runUnderGotap(gotap, sandbox, ["go", "mod", "download"], {
          cwd: project,
          flags: ["--attach"],
        });
      }),
    );
    expect(results.map((result) => `${result.code} ${result.stderr}`)).toEqual([
      expect.stringMatching(/^0 /),
      expect.stringMatching(/^0 /),
    ]);
    await expectApart(gotap);
    expect((await daemon.stop()).code).toBe(0);
  });

  async function expectApart(gotap: ReturnType<Scene["gotap"]>): Promise<void> {
    const rows = await gotap.traces();
    expect(rows).toHaveLength(2);
    const hosts = await Promise.all(
      rows.map(async (row) => {
        const trace = await gotap.show(row.session_id);
        const paths = serverSpans(trace).map((span) =>
          String(span.attributes["gotap.module.path"]),
        );
        expect(paths).toHaveLength(24);
        return [...new Set(paths.map((path) => path.split("/")[0]))].join();
      }),
    );
    expect(new Set(hosts)).toEqual(new Set(["a.example.com", "b.example.com"]));
  }

  it("TRACEPARENT makes the run a child of the caller's trace", async () => {
    const origin = await bothTrees();
    const sandbox = scene.sandbox({
      GOPROXY: origin.url("goproxy.test"),
      TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    });
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, [
      "sh",
      "-c",
      "go list -m a.example.com/team/mod1@latest && echo $TRACEPARENT",
    ]);
    expectCode(result, 0);
    const trace = await gotap.onlyRun();
    expect(trace.trace_id).toBe("0af7651916cd43dd8448eb211c80319c");
    const root = trace.spans[0];
    expect(root?.parent_span_id).toBe("b7ad6b7169203331");
    expect(result.stdout).toContain(
      `00-0af7651916cd43dd8448eb211c80319c-${root?.span_id}-01`,
    );
  });
});
