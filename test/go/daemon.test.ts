import { afterEach, describe, expect, it } from "vitest";

import { expectCode, runChild } from "../support/child.js";
import {
  startDaemon,
  type Gotap,
  type RunningDaemon,
} from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Origin } from "../support/origin.js";
import { Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import {
  originPaths,
  orphans,
  serverSpans,
  spanPaths,
} from "../support/trace-checks.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 10 });

describe.skipIf(reason)(`the daemon form${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  async function running(
    config = {},
  ): Promise<{ origin: Origin; gotap: Gotap; daemon: RunningDaemon }> {
    const origin = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });
    const gotap = scene.gotap(config);
    return { origin, gotap, daemon: await startDaemon(gotap) };
  }

  /** What `gotap env --format json` says. */
  async function envOf(gotap: Gotap): Promise<NodeJS.ProcessEnv> {
    return JSON.parse(
      await gotap.read("env", "--format", "json"),
    ) as NodeJS.ProcessEnv;
  }

  it("with the environment of `gotap env`: opened", async () => {
    const { origin, gotap, daemon } = await running();
    const env = await envOf(gotap);
    expect(env["HTTPS_PROXY"]).toContain(`:${daemon.port}`);
    const sandbox = scene.sandbox({
      ...env,
      GOPROXY: origin.url("goproxy.test"),
    });
    const project = sandbox.project();
    tree.writeProject(project);
    const result = await sandbox.go(["mod", "download"], project);
    expectCode(result, 0);

    expect((await daemon.stop()).code).toBe(0);
    const trace = await gotap.show();
    expect(trace).toMatchObject({
      run_id: null,
      command: "go mod download",
      exit_code: null,
    });
    expect(spanPaths(trace, origin.port)).toEqual(originPaths(origin.requests));
    expect(orphans(trace)).toEqual([]);
  });

  it("`eval $(gotap env)` in a shell does the same", async () => {
    const { origin, gotap } = await running();
    const text = await gotap.read("env", "--format", "sh");
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const project = sandbox.project();
    tree.writeProject(project);
    const result = await runChild("sh", ["-c", `${text}\ngo mod download`], {
      env: sandbox.env,
      cwd: project,
    });
    expectCode(result, 0);
    const row = await waitFor("the requests in the store", async () => {
      const [first] = await gotap.traces();
      return first?.requests === origin.requests.length && first;
    });
    expect(row).toMatchObject({ command: "go mod download", failed: 0 });
  });

  it("with HTTPS_PROXY=localhost:PORT alone: tunnelled, works, and one line says how to see inside", async () => {
    const { origin, gotap, daemon } = await running();
    const sandbox = scene.sandbox({
      GOPROXY: origin.url("goproxy.test"),
      HTTPS_PROXY: `localhost:${daemon.port}`,
      SSL_CERT_FILE: scene.authority.caFile,
    });
    const project = sandbox.project();
    tree.writeProject(project);
    const result = await sandbox.go(["mod", "download"], project);
    expectCode(result, 0);
    expect(origin.requests).toHaveLength(30);

    const end = await daemon.stop();
    const said = end.stderr
      .split("\n")
      .filter((line) => line.includes("gotap env"));
    // Besides the ready line, which tells how to use it.
    expect(
      said.filter((line) => line !== daemon.readyLine).length,
    ).toBeGreaterThanOrEqual(1);
    const trace = await gotap.show();
    const spans = serverSpans(trace);
    expect(spans.length).toBeGreaterThan(0);
    for (const span of spans)
      expect(span.attributes).toMatchObject({
        "gotap.tunnel": true,
        "gotap.tunnel.bytes_down": expect.any(Number) as number,
      });
    const down = spans.reduce(
      (sum, span) => sum + Number(span.attributes["gotap.tunnel.bytes_down"]),
      0,
    );
    expect(down).toBeGreaterThan(
      tree.modules.reduce((sum, m) => sum + m.zip.length, 0),
    );
    expect(orphans(trace)).toEqual([]);
  });

  it("status and env say where it is, and say so when there is none", async () => {
    const { gotap, daemon } = await running();
    const status = await gotap.read("status");
    expect(status).toContain(String(daemon.port));
    expect(JSON.parse(await gotap.read("status", "--json"))).toBeTypeOf(
      "object",
    );
    await gotap.read("stop");
    expect((await daemon.child.done).code).toBe(0);
    const env = await gotap.run(["env"], {
      env: { PATH: process.env["PATH"], HOME: gotap.folder },
    });
    expect(env).toMatchObject({ code: 1, stdout: "" });
    expect(env.stderr).toContain("gotap daemon");
  });

  it("a port in use is named, with what to do", async () => {
    const { gotap, daemon } = await running();
    const second = await gotap.run(
      ["daemon", "--listen", `127.0.0.1:${daemon.port}`],
      {
        env: { PATH: process.env["PATH"], HOME: gotap.folder },
      },
    );
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(String(daemon.port));
    expect(second.stderr).not.toMatch(/^\s+at /m);
  });
});
