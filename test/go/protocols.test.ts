import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Origin } from "../support/origin.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import {
  clientSpans,
  orphans,
  originPaths,
  phasesOf,
  serverSpans,
  spanPaths,
} from "../support/trace-checks.js";
import type { ShownTrace } from "../support/gotap.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 12, totalBytes: 600_000 });

describe.skipIf(reason)(`other protocols than HTTP/2${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  async function download(origin: Origin): Promise<ShownTrace> {
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const project = sandbox.project();
    tree.writeProject(project);
    const gotap = scene.gotap();
    const result = await runUnderGotap(
      gotap,
      sandbox,
      ["go", "mod", "download"],
      { cwd: project },
    );
    expectCode(result, 0);
    const verify = await sandbox.go(["mod", "verify"], project);
    expect(verify.stdout).toBe("all modules verified\n");
    const trace = await gotap.onlyRun();
    expect(spanPaths(trace, origin.port)).toEqual(originPaths(origin.requests));
    expect(orphans(trace)).toEqual([]);
    return trace;
  }

  it("an origin that speaks HTTP/1.1 only", async () => {
    const origin = await scene.origin({
      protocols: ["http/1.1"],
      handler: ({ path }) => tree.answer(path),
    });
    const trace = await download(origin);
    for (const span of serverSpans(trace))
      expect(span.attributes["network.protocol.version"]).toBe("2");
    for (const span of clientSpans(trace))
      expect(span.attributes["network.protocol.version"]).toBe("1.1");
    const dialled = clientSpans(trace).filter((span) =>
      phasesOf(trace, span).has("connect"),
    );
    expect(dialled).toHaveLength(origin.connections());
  });

  it("bodies without Content-Length", async () => {
    const origin = await scene.origin({
      protocols: ["http/1.1"],
      handler({ path }) {
        const answer = tree.answer(path);
        const { body } = answer;
        if (!(body instanceof Uint8Array)) return answer;
        async function* chunked(): AsyncGenerator<Uint8Array> {
          yield body as Uint8Array;
        }
        return { ...answer, body: chunked() };
      },
    });
    const trace = await download(origin);
    const zips = serverSpans(trace).filter(
      (span) => span.attributes["gotap.go.kind"] === "zip",
    );
    expect(zips).toHaveLength(tree.modules.length);
  });

  it("a GOPROXY without TLS", async () => {
    const origin = await scene.plainOrigin({
      handler: ({ path }) => tree.answer(path),
    });
    const trace = await download(origin);
    for (const span of serverSpans(trace))
      expect(span.attributes).toMatchObject({
        "gotap.via": "forward",
        "url.scheme": "http",
      });
    for (const span of clientSpans(trace))
      expect(phasesOf(trace, span).has("tls")).toBe(false);
  });

  it("a 404 is an answer, and go's second request after it is marked", async () => {
    const origin = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });
    const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, [
      "go",
      "mod",
      "download",
      "example.com/nowhere@v1.0.0",
    ]);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("404 Not Found");
    const trace = await gotap.onlyRun();
    expect(
      serverSpans(trace).map(
        (span) => span.attributes["http.response.status_code"],
      ),
    ).toEqual([404, 404]);
    expect(
      serverSpans(trace).map((span) => span.attributes["gotap.go.auth_retry"]),
    ).toEqual([undefined, true]);
    expect(serverSpans(trace).map((span) => span.status.code)).toEqual([
      "UNSET",
      "UNSET",
    ]);
    expect((await gotap.traces())[0]).toMatchObject({
      failed: 0,
      exit_code: 1,
    });
  });
});
