import { afterEach, describe, expect, it } from "vitest";

import type { BreakerSnapshot } from "../../src/model/breaker.js";
import { expectCode, type ChildResult } from "../support/child.js";
import { startDaemon, type Gotap } from "../support/gotap.js";
import { makeModuleTree, type TreeModule } from "../support/module-tree.js";
import { askedFor } from "../support/origin-counts.js";
import type { Origin } from "../support/origin.js";
import { QUICK } from "../support/quick.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { serverSpans } from "../support/trace-checks.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("go", "curl", "gotap");
const tree = makeModuleTree({ modules: 8 });
const healthy = ({ path }: { path: string }) => tree.answer(path);
const failing = () => ({ status: 503, body: "no room\n" });
const name = (module: TreeModule | undefined): string =>
  `${module?.path}@${module?.version}`;

describe.skipIf(reason)(`a circuit breaker${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it("is open after so many failures: 503 at once, with Retry-After, and the source is left alone", async () => {
    const a = await scene.origin({ handler: failing });
    const gotap = scene.gotap({
      ...QUICK,
      top: 'intercept = "all"',
      retry: { attempts: 1 },
      breaker: { failures: 3, open_for: "5m" },
    });
    const sandbox = scene.sandbox({ GOPROXY: a.url("goproxy.test") });
    const downloads = tree.modules
      .slice(0, 5)
      .map((module) => `go mod download ${name(module)}`);
    const curl = `curl -si --suppress-connect-headers "$GOPROXY/example.com/team/mod1/@v/v1.1.1.info"`;
    const result = await runUnderGotap(gotap, sandbox, [
      "sh",
      "-c",
      [...downloads, curl].join("\n"),
    ]);
    expect(askedFor(a, /\/@v\//)).toHaveLength(3);
    expect(result.stderr).toContain("503 Service Unavailable");
    const [head = ""] = result.stdout.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/[\d.]+ 503/);
    const retryAfter = Number(/^retry-after: (\d+)/im.exec(head)?.[1]);
    expect(retryAfter).toBeGreaterThan(60);
    expect(retryAfter).toBeLessThanOrEqual(300);

    const trace = await gotap.onlyRun();
    const refused = serverSpans(trace).filter(
      (span) => span.attributes["error.type"] === "breaker-open",
    );
    expect(refused.length).toBeGreaterThanOrEqual(3);
    const opened = trace.spans.filter((span) => span.name === "breaker");
    expect(opened.length).toBeGreaterThan(0);
    const sessions = new Set(
      trace.spans
        .filter((span) => span.attributes["gotap.session.id"] !== undefined)
        .map((span) => span.span_id),
    );
    for (const span of opened) expect(sessions).toContain(span.parent_span_id);
  });

  it("half open after open_for: one probe, and a good answer closes it", async () => {
    let down = true;
    const a = await scene.origin({
      handler: (request) => (down ? failing() : healthy(request)),
    });
    const { download, breaker } = await daemonOver(
      {
        retry: { attempts: 1 },
        breaker: { failures: 2, open_for: "1s" },
      },
      a.url("goproxy.test"),
    );
    for (const module of tree.modules.slice(0, 2))
      expect((await download(module)).code).toBe(1);
    expect((await breaker(a)).state).not.toBe("closed");
    down = false;
    const opened = a.requests.length;
    await waitFor("the way back", async () => {
      const [, , module] = tree.modules;
      return (await download(module)).code === 0;
    });
    expect(a.requests.length).toBeGreaterThan(opened);
    expect((await breaker(a)).state).toBe("closed");
  });

  it("obeys a hand: open sends all to the next source, close brings it back", async () => {
    const a = await scene.origin({ handler: healthy });
    const b = await scene.origin({ handler: healthy });
    const { gotap, download, breaker } = await daemonOver(
      {},
      `${a.url("goproxy.test")}|${b.url("mirror.test")}`,
    );
    const [first, second, third] = tree.modules;
    expectCode(await download(first), 0);
    expect(b.requests).toEqual([]);

    await gotap.read("breaker", "open", (await breaker(a)).name);
    expect(await breaker(a)).toMatchObject({ state: "open", forced: true });
    a.clear();
    expectCode(await download(second), 0);
    expect(a.requests).toEqual([]);
    expect(b.requests).toHaveLength(3);

    await gotap.read("breaker", "close", (await breaker(a)).name);
    expect(await breaker(a)).toMatchObject({ state: "closed", forced: false });
    expectCode(await download(third), 0);
    expect(a.requests).toHaveLength(3);
  });

  interface OverDaemon {
    gotap: Gotap;
    download: (module: TreeModule | undefined) => Promise<ChildResult>;
    /** That of the modules at this origin. */
    breaker: (origin: Origin) => Promise<BreakerSnapshot>;
  }

  async function daemonOver(
    config: object,
    goproxy: string,
  ): Promise<OverDaemon> {
    const gotap = scene.gotap({ ...QUICK, ...config });
    await startDaemon(gotap);
    const env = JSON.parse(
      await gotap.read("env", "--format", "json"),
    ) as NodeJS.ProcessEnv;
    const sandbox = scene.sandbox({ ...env, GOPROXY: goproxy });
    return {
      gotap,
      download: (module) =>
        sandbox.go(["mod", "download", name(module)], sandbox.folder),
      async breaker(origin) {
        const text = await gotap.read("breaker", "list", "--json");
        const found = text
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as BreakerSnapshot)
          .find((one) => one.name.endsWith(`:${origin.port} modules`));
        if (found === undefined)
          throw new Error(`no breaker of port ${origin.port} in ${text}`);
        return found;
      },
    };
  }
});
