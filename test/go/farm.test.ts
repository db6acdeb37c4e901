import { afterEach, describe, expect, it } from "vitest";

import { expectCode, startChild } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Handler } from "../support/origin-answer.js";
import { askedFor } from "../support/origin-counts.js";
import { QUICK } from "../support/quick.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { flaky } from "../support/script.js";
import { because, whyNot } from "../support/tools.js";
import { orphans, serverSpans } from "../support/trace-checks.js";
import { cachedZips, VERIFIED, verified } from "../support/two-sources.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("go", "gotap");
const MODULES = Number(process.env["GOTAP_FARM_MODULES"] ?? 1000);

describe.skipIf(reason)(`many modules${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  /** Go's own parallelism is the number of cores: two would make it a queue. */
  const CROWD = { GOMAXPROCS: "8" };

  async function sources(modules: number, a: Handler, b: Handler) {
    const tree = makeModuleTree({ modules, totalBytes: modules * 3000 });
    const [from, to] = [
      await scene.origin({ handler: a }),
      await scene.origin({ handler: b }),
    ];
    const sandbox = scene.sandbox({
      ...CROWD,
      GOPROXY: `${from.url("goproxy.test")},direct`,
    });
    const project = sandbox.project();
    tree.writeProject(project);
    return { a: from, b: to, sandbox, project };
  }

  it(`${MODULES} of them, over a source and a mirror that each fail a fifth of their requests`, async () => {
    const tree = makeModuleTree({
      modules: MODULES,
      totalBytes: MODULES * 3000,
    });
    // By construction five tries are enough at either source, also while the other one's breaker is open.
    const failing = (seed: string): Handler =>
      flaky((path) => tree.answer(path), { seed, share: 0.2, inARow: 4 });
    const half = await sources(MODULES, failing("a"), failing("b"));
    const gotap = scene.gotap({
      ...QUICK,
      // go asks for one .info after the other: each silence is waited for by all.
      timeouts: { ...QUICK.timeouts, first_byte: "300ms", body_idle: "300ms" },
      retry: { attempts: 5, backoff: "50ms", max_backoff: "200ms" },
      mirrors: [{ for: "goproxy.test", urls: [half.b.url("mirror.test")] }],
    });
    const alone = await sources(MODULES, failing("a"), failing("b"));
    const direct = startChild("go", ["mod", "download"], {
      env: {
        ...alone.sandbox.env,
        GOPROXY: `${alone.a.url()}|${alone.b.url()}`,
        SSL_CERT_FILE: scene.authority.caFile,
      },
      cwd: alone.project,
    });
    const result = await runUnderGotap(
      gotap,
      half.sandbox,
      ["go", "mod", "download"],
      { cwd: half.project },
    );
    // By itself go has failed or hangs, even where it may cross to the other source.
    direct.kill();
    expect((await direct.done).code).not.toBe(0);

    expectCode(result, 0);
    expect(await verified(half)).toBe(VERIFIED);
    expect(cachedZips(half)).toHaveLength(MODULES);

    const failed = (origin: typeof half.a): number =>
      origin.requests.filter((r) => r.gone || (r.status ?? 500) >= 400).length /
      origin.requests.length;
    expect(failed(half.a)).toBeGreaterThan(0.1);
    for (const origin of [half.a, half.b])
      await waitFor("the end of every request", () =>
        origin.requests.every((one) => one.endedAtMs !== undefined),
      );
    const trace = await gotap.onlyRun();
    expect(serverSpans(trace)).toHaveLength(3 * MODULES);
    expect(trace.spans.filter((one) => one.end_unix_nano === null)).toEqual([]);
    expect(orphans(trace)).toEqual([]);
  });

  it.each([
    ["its breaker", {}],
    [
      "its budget alone",
      { breaker: { failures: 1000, failure_rate: 1, window: "1s" } },
    ],
  ])(
    "a source that fails everything sees at most 1.2 requests for each of go's, because of %s",
    async (_name, config) => {
      const tree = makeModuleTree({ modules: 100, totalBytes: 300_000 });
      const half = await sources(
        100,
        () => ({ status: 503, body: "no room\n" }),
        ({ path }) => tree.answer(path),
      );
      const gotap = scene.gotap({
        ...QUICK,
        ...config,
        mirrors: [{ for: "goproxy.test", urls: [half.b.url("mirror.test")] }],
      });
      const result = await runUnderGotap(
        gotap,
        half.sandbox,
        ["go", "mod", "download"],
        { cwd: half.project },
      );
      expectCode(result, 0);
      const asked = serverSpans(await gotap.onlyRun()).length;
      expect(asked).toBe(300);
      const seen = askedFor(half.a, /\/@v\//).length;
      expect(seen).toBeGreaterThan(0);
      expect(seen).toBeLessThanOrEqual(1.2 * asked);
    },
  );

  it("a sole source that fails everything sees at most 1.2 requests for each of go's", async () => {
    const a = await scene.origin({
      handler: () => ({ status: 503, body: "no room\n" }),
    });
    const tree = makeModuleTree({ modules: 40 });
    const sandbox = scene.sandbox({
      ...CROWD,
      GOPROXY: a.url("goproxy.test"),
    });
    const gotap = scene.gotap(QUICK);
    const names = tree.modules.map((one) => `${one.path}@${one.version}`);
    const result = await runUnderGotap(gotap, sandbox, [
      "go",
      "mod",
      "download",
      ...names,
    ]);
    expect(result.code).toBe(1);
    const asked = serverSpans(await gotap.onlyRun()).length;
    expect(asked).toBeGreaterThanOrEqual(20);
    expect(askedFor(a, /\/@v\//).length).toBeLessThanOrEqual(1.2 * asked);
  });
});
