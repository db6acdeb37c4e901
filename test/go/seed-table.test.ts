import { readFileSync } from "node:fs";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { freePort } from "../support/free-port.js";
import { startDaemon, type Gotap } from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { startSocksProxy } from "../support/socks-proxy.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans } from "../support/trace-checks.js";
import { waitFor } from "../support/wait-for.js";
import { blackHole } from "../upstream/black-hole.js";

const reason = whyNot("go", "gotap");
const EXAMPLE = readFileSync(
  new URL("../../docs/examples/goproxy-failover.toml", import.meta.url),
  "utf8",
);
const tree = makeModuleTree({ modules: 40 });
const healthy = ({ path }: { path: string }) => tree.answer(path);
const name = (index: number): string =>
  `${tree.modules[index]?.path}@${tree.modules[index]?.version}`;

describe.skipIf(reason)(
  `docs/examples/goproxy-failover.toml${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    /** The file as it stands, but for its hosts and for how long things take. */
    function example(edits: readonly (readonly [string, string])[]): Gotap {
      let text = EXAMPLE;
      for (const [from, to] of edits) {
        if (!text.includes(from)) throw new Error(`the example has no ${from}`);
        text = text.replace(from, to);
      }
      return scene.gotap({ top: text });
    }

    const SHORT = [
      ['connect = "3s"', 'connect = "1s"'],
      ['first_byte = "10s"', 'first_byte = "1s"'],
      ['backoff = "1s"', 'backoff = "100ms"'],
      ['interval = "10s"', 'interval = "1s"'],
      ['open_for = "15s"', 'open_for = "1s"'],
    ] as const;

    it("the first source, then its mirror, then what this machine has", async () => {
      const a = await scene.origin({ handler: healthy });
      const b = await scene.origin({ handler: healthy });
      const gotap = example([
        ...SHORT,
        ['for = "goproxy.io"', 'for = "goproxy.test"'],
        ["https://goproxy.cn", b.url("mirror.test")],
      ]);
      const sandbox = scene.sandbox({
        GOPROXY: `${a.url("goproxy.test")},direct`,
      });
      const download = (index: number, ...flags: string[]) =>
        runUnderGotap(gotap, sandbox, ["go", "mod", "download", name(index)], {
          flags,
        });
      expectCode(await download(0), 0);
      expect(b.requests).toEqual([]);

      a.handler = () => ({ status: 503, body: "no room\n" });
      expectCode(await download(1), 0);
      expect(b.requests.some((one) => one.path.endsWith(".zip"))).toBe(true);

      // go keeps what it has, so that only an empty cache asks again for what the machine's own one holds.
      await a.refuse();
      await b.refuse();
      expectCode(await download(0, "--cold"), 0);
      expect((await download(2, "--cold")).code).toBe(1);
    });

    it("straight out, then the HTTP proxy, then SOCKS5, and back", async () => {
      const port = await freePort();
      const origin = await scene.origin({ handler: healthy });
      const ports = { [`goproxy.test:${port}`]: origin.port };
      const http = await startConnectProxy(ports);
      scene.own(http, () => http.close());
      const socks = await startSocksProxy({ ports });
      scene.own(socks, () => socks.close());
      const gotap = example([
        ...SHORT,
        ["https://goproxy.cn", "https://mirror.test:9"],
        ["http://127.0.0.1:8080", http.url],
        ["socks5://127.0.0.1:1080", socks.url],
      ]);
      await startDaemon(gotap);
      const env = JSON.parse(
        await gotap.read("env", "--format", "json"),
      ) as NodeJS.ProcessEnv;
      const sandbox = scene.sandbox({
        ...env,
        GOPROXY: `https://goproxy.test:${port},direct`,
      });
      let next = 0;
      const download = async (): Promise<void> =>
        expectCode(
          await sandbox.go(["mod", "download", name(next++)], sandbox.folder),
          0,
        );
      const reopen = await blackHole("127.0.0.1", port);
      scene.own(reopen, reopen);
      await download();
      expect(http.log.length).toBeGreaterThan(0);

      await http.close();
      await download();
      // By its span, not by the proxy's log: a health check may have made the connection.
      await waitFor("the way of the last download", async () =>
        clientSpans(await gotap.show()).some(
          (span) =>
            span.attributes["gotap.way"] === "socks" &&
            span.attributes["http.response.status_code"] === 200,
        ),
      );

      reopen();
      const straight = await waitFor("the port", () =>
        scene.origin({ handler: healthy, port }),
      );
      await waitFor("a module over the straight way", async () => {
        await download();
        return straight.requests.some((one) => one.path.endsWith(".zip"));
      });
    });
  },
);
