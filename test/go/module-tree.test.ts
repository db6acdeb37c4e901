import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { downloadHashes } from "../support/go.js";
import { makeModuleTree } from "../support/module-tree.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import {
  clientSpans,
  kinds,
  orphans,
  originPaths,
  serverSpans,
  spanPaths,
} from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const MODULES = 160;

describe.skipIf(reason)(`a module tree over HTTP/2${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it("is the same through gotap as without it, and every request is in the trace", async () => {
    const tree = makeModuleTree({ modules: MODULES, totalBytes: 4_000_000 });
    const origin = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });

    const direct = scene.sandbox({
      GOPROXY: origin.url(),
      SSL_CERT_FILE: scene.authority.caFile,
    });
    const directProject = direct.project();
    tree.writeProject(directProject);
    expect(await direct.go(["mod", "download"], directProject)).toMatchObject({
      code: 0,
    });
    origin.clear();

    const through = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const project = through.project();
    tree.writeProject(project);
    const gotap = scene.gotap();
    const result = await runUnderGotap(
      gotap,
      through,
      ["go", "mod", "download"],
      { cwd: project },
    );
    expectCode(result, 0);

    expect(downloadHashes(through.modCache)).toEqual(
      downloadHashes(direct.modCache),
    );
    const verify = await through.go(["mod", "verify"], project);
    expect(verify.stdout).toBe("all modules verified\n");

    const trace = await gotap.onlyRun();
    expect(spanPaths(trace, origin.port)).toEqual(originPaths(origin.requests));
    expect(serverSpans(trace)).toHaveLength(origin.requests.length);
    expect(orphans(trace)).toEqual([]);
    expect(trace.spans.filter((span) => span.end_unix_nano === null)).toEqual(
      [],
    );
    expect(kinds(trace)).toMatchObject({
      info: MODULES,
      mod: MODULES,
      zip: MODULES,
    });
    const modules = serverSpans(trace).map(
      (span) => span.attributes["gotap.module.path"],
    );
    expect(new Set(modules)).toEqual(new Set(tree.modules.map((m) => m.path)));

    // HTTP/2 on both sides, and one connection for all of it.
    for (const span of [...serverSpans(trace), ...clientSpans(trace)])
      expect(span.attributes["network.protocol.version"]).toBe("2");
    expect(
      new Set(origin.requests.map((request) => request.connectionId)).size,
    ).toBe(1);
    const zipBytes = serverSpans(trace)
      .filter((span) => span.attributes["gotap.go.kind"] === "zip")
      .reduce(
        (sum, span) => sum + Number(span.attributes["http.response.body.size"]),
        0,
      );
    expect(zipBytes).toBe(
      tree.modules.reduce((sum, m) => sum + m.zip.length, 0),
    );
  });

  it("is shown by traces --json and show --json with the fields of the specification", async () => {
    const tree = makeModuleTree({ modules: 3 });
    const origin = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const project = sandbox.project();
    tree.writeProject(project);
    const gotap = scene.gotap();
    const run = await runUnderGotap(gotap, sandbox, ["go", "mod", "download"], {
      cwd: project,
    });
    expectCode(run, 0);

    const [row, ...others] = await gotap.traces();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      run_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      command: "go mod download",
      exit_code: 0,
      requests: origin.requests.length,
      failed: 0,
      open: 0,
    });
    const trace = await gotap.show(row?.session_id);
    expect(trace).toMatchObject({
      trace_id: row?.trace_id,
      session_id: row?.session_id,
      run_id: row?.run_id,
      command: "go mod download",
      exit_code: 0,
    });
    expect(await gotap.show("last")).toEqual(trace);
    expect(await gotap.show(row?.trace_id.slice(0, 8))).toEqual(trace);
    for (const span of trace.spans) {
      expect(Number(span.start_unix_nano.slice(-3))).toBe(0);
      expect(BigInt(span.end_unix_nano ?? 0)).toBeGreaterThanOrEqual(
        BigInt(span.start_unix_nano),
      );
    }
    const readable = await gotap.read("show", "last");
    expect(readable).toContain("go mod download");
    expect(readable).toContain("example.com/Team/mod0");
  });
});
