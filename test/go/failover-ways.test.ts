import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode, startChild, type ChildResult } from "../support/child.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { freePort } from "../support/free-port.js";
import { makeGitRepository } from "../support/git-origin.js";
import { startDaemon, type GotapConfig } from "../support/gotap.js";
import { makeModuleTree, type TreeModule } from "../support/module-tree.js";
import { QUICK } from "../support/quick.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { startSocksProxy } from "../support/socks-proxy.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans } from "../support/trace-checks.js";
import { waitFor } from "../support/wait-for.js";
import { blackHole } from "../upstream/black-hole.js";

const reason = whyNot("go", "git", "gotap");
const tree = makeModuleTree({ modules: 40 });
const name = (module: TreeModule | undefined): string =>
  `${module?.path}@${module?.version}`;

describe.skipIf(reason)(
  `other ways out of the machine${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    /**
     * goproxy.test stands at a port where nobody is; both proxies lead it to an origin.
     * @param hole it swallows what is sent there, instead of refusing it
     */
    async function closed(hole: boolean) {
      const port = await freePort();
      if (hole) scene.own(undefined, await blackHole("127.0.0.1", port));
      const origin = await scene.origin({
        handler: ({ path }) => tree.answer(path),
      });
      const ports = { [`goproxy.test:${port}`]: origin.port };
      const http = await startConnectProxy(ports, 0, "ada:s3cret");
      scene.own(http, () => http.close());
      const socks = await startSocksProxy({ ports, credentials: "bob:h1dden" });
      scene.own(socks, () => socks.close());
      const config: GotapConfig = {
        ...QUICK,
        breaker: { failures: 2, open_for: "1s" },
        health: { interval: "1s", timeout: "1s", failures: 2 },
        upstreams: [
          {
            name: "backup-http",
            url: http.url.replace("://", "://ada:s3cret@"),
          },
          { name: "socks", url: socks.url.replace("://", "://bob:h1dden@") },
        ],
      };
      const sandbox = scene.sandbox({
        GOPROXY: `https://goproxy.test:${port}`,
      });
      return { port, origin, http, socks, gotap: scene.gotap(config), sandbox };
    }

    const download = (
      { gotap, sandbox }: Awaited<ReturnType<typeof closed>>,
      module = tree.modules[0],
    ): Promise<ChildResult> =>
      runUnderGotap(gotap, sandbox, ["go", "mod", "download", name(module)]);

    it.each([
      ["swallows its packets", true],
      ["refuses it", false],
    ])(
      "the straight way %s: the HTTP proxy, with its credentials",
      async (_name, hole) => {
        const world = await closed(hole);
        // Without gotap go has no other way to take, and 30 s for a connection.
        const alone = startChild(
          "go",
          ["mod", "download", name(tree.modules[0])],
          {
            env: {
              ...world.sandbox.env,
              GOPROXY: `https://127.0.0.1:${world.port}`,
              GOMODCACHE: `${world.sandbox.folder}/alone`,
            },
            cwd: world.sandbox.folder,
          },
        );
        expectCode(await download(world), 0);
        const ended = await Promise.race([
          alone.done,
          sleep(100).then(() => undefined),
        ]);
        alone.kill();
        expect(ended?.code).toBe(hole ? undefined : 1);
        expect(world.http.log).toContain(`CONNECT goproxy.test:${world.port}`);
        const trace = await world.gotap.onlyRun();
        const ways = clientSpans(trace).map(
          (span) => span.attributes["gotap.way"],
        );
        // Health checks may look at the SOCKS5 proxy; go's requests do not need it.
        expect(ways).not.toContain("socks");
        const through = clientSpans(trace).filter(
          (span) => span.attributes["gotap.way"] === "backup-http",
        );
        expect(
          through.map((span) => span.attributes["gotap.attempt.reason"]),
        ).toContain("way");
        expect(JSON.stringify(trace)).not.toMatch(/s3cret|h1dden/);
      },
    );

    it.each<["silent" | number]>([["silent"], [503], [407]])(
      "and the HTTP proxy is %s: the SOCKS5 proxy, with its credentials",
      async (fault) => {
        const world = await closed(false);
        world.http.fault = fault;
        expectCode(await download(world), 0);
        expect(world.socks.log).toContain(`goproxy.test:${world.port}`);
        expect(world.socks.credentials).toContain("bob:h1dden");
        // A 407 is answered once; who is refused then does not go on asking.
        const asked = fault === 407 ? world.http.log.length : 0;
        expect(asked).toBeLessThanOrEqual(3);
      },
    );

    it("all are lost: go gets an answer that names what was tried", async () => {
      const world = await closed(false);
      world.http.fault = 503;
      world.socks.fault = { reply: 1 };
      const result = await download(world);
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/50[234] /);
      expect(result.stderr).toContain("backup-http");
      expect(result.stderr).toContain("socks");
    });

    it("the straight way is back: so is gotap", async () => {
      const world = await closed(false);
      const { gotap, http, port } = world;
      await startDaemon(gotap);
      const env = JSON.parse(
        await gotap.read("env", "--format", "json"),
      ) as NodeJS.ProcessEnv;
      const sandbox = scene.sandbox({
        ...env,
        GOPROXY: `https://goproxy.test:${port}`,
      });
      const next = tree.modules.values();
      const more = async (): Promise<void> =>
        expectCode(
          await sandbox.go(
            ["mod", "download", name(next.next().value)],
            sandbox.folder,
          ),
          0,
        );
      await more();
      expect(http.log.length).toBeGreaterThan(0);
      const straight = await scene.origin({
        handler: ({ path }) => tree.answer(path),
        port,
      });
      await waitFor("a module over the straight way", async () => {
        await more();
        return straight.requests.some((one) => one.path.endsWith(".zip"));
      });
      const before = http.log.length;
      await more();
      expect(http.log).toHaveLength(before);
    });

    it("git and go-get use a way only where it names them", async () => {
      const repository = makeGitRepository("code.test");
      scene.own(repository, () => repository.remove());
      const origin = await scene.origin({
        handler: (request) => repository.answer(request),
      });
      // gotap leads code.test to this machine, where nobody listens on 443; the proxy knows better.
      const http = await startConnectProxy({ "code.test:443": origin.port });
      scene.own(http, () => http.close());
      const tried = (more: object) => {
        const sandbox = scene.sandbox({ GOPROXY: "direct" });
        return runUnderGotap(
          scene.gotap({
            ...QUICK,
            retry: { attempts: 1 },
            upstreams: [{ name: "backup-http", url: http.url, ...more }],
          }),
          sandbox,
          ["go", "mod", "download", "code.test/lib@v1.2.3"],
        );
      };
      expect((await tried({})).code).toBe(1);
      expect(http.log).toEqual([]);
      expectCode(await tried({ for: ["code.test"] }), 0);
      expect(http.log).toContain("CONNECT code.test:443");
    });
  },
);
