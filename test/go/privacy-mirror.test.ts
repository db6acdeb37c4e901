import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode, type ChildResult } from "../support/child.js";
import type { Gotap, ShownTrace } from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Handler } from "../support/origin-answer.js";
import { askedFor } from "../support/origin-counts.js";
import type { Origin } from "../support/origin.js";
import { QUICK } from "../support/quick.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { scripted } from "../support/script.js";
import { because, whyNot } from "../support/tools.js";
import { kinds } from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 1 });
const MODULE = tree.modules[0]?.path ?? "";
const DOWNLOAD = ["mod", "download", `${MODULE}@v1.0.0`];
const FAILING: Handler = () => ({ status: 503, body: "no room\n" });

describe.skipIf(reason)(`what a mirror sees${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  interface Outcome {
    result: ChildResult;
    trace: ShownTrace;
    a: Origin;
    gotap: Gotap;
  }

  async function run(
    a: Handler,
    mirror: Origin,
    options: {
      command?: readonly string[];
      env?: NodeJS.ProcessEnv;
      /** What follows the machine's name in ~/.netrc. */
      netrc?: string;
      userinfo?: string;
    } = {},
  ): Promise<Outcome> {
    const origin = await scene.origin({ handler: a });
    const base = origin.url(`${options.userinfo ?? ""}goproxy.test`);
    const sandbox = scene.sandbox({
      GOPROXY: `${base},direct`,
      ...options.env,
    });
    if (options.netrc !== undefined)
      writeFileSync(
        join(sandbox.home, ".netrc"),
        `machine goproxy.test:${origin.port} ${options.netrc}\n`,
      );
    const gotap = scene.gotap({
      ...QUICK,
      retry: { attempts: 2, backoff: "50ms" },
      mirrors: [{ for: "goproxy.test", urls: [mirror.url("trap.test")] }],
    });
    const result = await runUnderGotap(gotap, sandbox, [
      "go",
      ...(options.command ?? DOWNLOAD),
    ]);
    return { result, trace: await gotap.onlyRun(), a: origin, gotap };
  }

  it("the .info, .mod and .zip of a release", async () => {
    const mirror = await scene.origin({
      handler: ({ path }) => tree.answer(path),
    });
    const { result } = await run(FAILING, mirror);
    expectCode(result, 0);
    expect(
      mirror.requests.map(({ path }) => path.replace(/^.*\./, "")).toSorted(),
    ).toEqual(["info", "mod", "zip"]);
  });

  it.each([
    ["a list", ["list", "-m", "-versions", MODULE]],
    ["@latest", ["list", "-m", `${MODULE}@latest`]],
    ["a branch", ["list", "-m", `${MODULE}@main`]],
    ["a pseudo-version's prefix", ["list", "-m", `${MODULE}@v1.0`]],
  ])("never %s", async (_name, command) => {
    const { result, a } = await run(FAILING, await scene.trap(), { command });
    expect(result.code).toBe(1);
    expect(a.requests.length).toBeGreaterThan(0);
  });

  it.each(["GOPRIVATE", "GONOPROXY", "GONOSUMDB"])(
    "never a module that %s names",
    async (name) => {
      // GONOPROXY=none brings private modules to the user's own proxy, and only there.
      const env =
        name === "GONOPROXY"
          ? { GONOPROXY: "example.com/[A-Z]eam" }
          : { GONOPROXY: "none", [name]: "example.com/[A-Z]eam" };
      const { result, trace } = await run(FAILING, await scene.trap(), { env });
      expect(result.code).toBe(1);
      expect(Object.keys(kinds(trace)).length).toBeGreaterThan(0);
    },
  );

  it("never a request with the credentials of a GOPROXY URL", async () => {
    const { result, a } = await run(FAILING, await scene.trap(), {
      userinfo: "ada:s3cret@",
    });
    expect(result.code).toBe(1);
    expect(a.requests[0]?.headers["authorization"]).toMatch(/^Basic /);
  });

  it("never a request with the credentials of a netrc", async () => {
    const { result, a } = await run(FAILING, await scene.trap(), {
      netrc: "login ada password s3cret",
    });
    expect(result.code).toBe(1);
    expect(
      a.requests.some((one) => one.headers["authorization"] !== undefined),
    ).toBe(true);
  });

  it("and the next source of a | chain sees such a request without its credentials", async () => {
    const b = await scene.origin({ handler: ({ path }) => tree.answer(path) });
    const origin = await scene.origin({ handler: FAILING });
    const sandbox = scene.sandbox({
      GOPROXY: `${origin.url("ada:s3cret@goproxy.test")}|${b.url("second.test")}`,
    });
    const result = await runUnderGotap(scene.gotap(QUICK), sandbox, [
      "go",
      ...DOWNLOAD,
    ]);
    expectCode(result, 0);
    expect(origin.requests[0]?.headers["authorization"]).toMatch(/^Basic /);
    expect(b.requests.length).toBeGreaterThan(0);
    for (const request of b.requests) {
      expect(request.headers).not.toHaveProperty("authorization");
      expect(request.headers).not.toHaveProperty("cookie");
    }
  });

  it.each([404, 410])(
    "a mirror's %i is no answer: go does not fall through to direct",
    async (status) => {
      const mirror = await scene.origin({
        handler: () => ({ status, body: "not here\n" }),
      });
      const { result, trace } = await run(
        scripted(tree.answer, [{ path: /zip$/, answer: { status: 503 } }]),
        mirror,
      );
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/50[234] /);
      expect(askedFor(mirror, /zip$/).length).toBeGreaterThan(0);
      expect(kinds(trace)).not.toHaveProperty("go-get");
    },
  );

  it.each([404, 410])(
    "the own source's %i is the answer: no mirror is asked, and go falls through as it always does",
    async (status) => {
      const { result, trace } = await run(
        () => ({ status, body: "not here\n" }),
        await scene.trap(),
      );
      expect(result.code).toBe(1);
      expect(kinds(trace)["go-get"]).toBeGreaterThan(0);
    },
  );
});
