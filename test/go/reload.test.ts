import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode, type RunningChild } from "../support/child.js";
import { startDaemon, type Gotap } from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Origin } from "../support/origin.js";
import { Scene } from "../support/scene.js";
import { Terminal } from "../support/terminal.js";
import { because, GOTAP_MAIN, whyNot } from "../support/tools.js";
import { clientSpans, serverSpans } from "../support/trace-checks.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 3, totalBytes: 300_000 });
const ONE_TRY = "[retry]\nattempts = 1\n";
const IMPATIENT = `${ONE_TRY}[timeouts]\nfirst_byte = "300ms"\npatience = "300ms"\n`;

describe.skipIf(reason)(
  `the configuration is read again${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    /** Zips stop in their middle until the gate opens. */
    async function gatedOrigin(): Promise<{
      origin: Origin;
      open: () => void;
    }> {
      let open = (): void => {};
      const gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      async function* halves(body: Uint8Array) {
        const half = Math.floor(body.length / 2);
        yield body.subarray(0, half);
        await gate;
        yield body.subarray(half);
      }
      const origin = await scene.origin({
        handler: ({ path }) => {
          const answer = tree.answer(path);
          if (!path.endsWith(".zip") || !(answer.body instanceof Uint8Array))
            return answer;
          const length = String(answer.body.length);
          return {
            ...answer,
            headers: { ...answer.headers, "content-length": length },
            body: halves(answer.body),
          };
        },
      });
      return { origin, open };
    }

    const saysAgain = (child: RunningChild): Promise<true> =>
      waitFor("the line that says so", () =>
        child.stderr().includes("the configuration was read again"),
      );

    /** gotap's own file, which tests change by adding to it. */
    function configured(gotap: Gotap, toml: string): void {
      gotap.configure({
        resolve: { "goproxy.test": "127.0.0.1" },
        ca: [scene.authority.caFile],
        top: toml,
      });
    }

    async function goBehind(gotap: Gotap, origin: Origin) {
      const env = JSON.parse(
        await gotap.read("env", "--format", "json"),
      ) as NodeJS.ProcessEnv;
      const sandbox = scene.sandbox({
        ...env,
        GOPROXY: origin.url("goproxy.test"),
      });
      const project = sandbox.project();
      tree.writeProject(project);
      return sandbox.go(["mod", "download"], project);
    }

    it("SIGHUP and a changed file drop no request, and the next ones go by the new rules", async () => {
      const { origin, open } = await gatedOrigin();
      const gotap = scene.gotap();
      configured(gotap, ONE_TRY);
      const daemon = await startDaemon(gotap);
      const downloading = goBehind(gotap, origin);
      await waitFor("a zip's first half", () =>
        origin.requests.some(
          ({ path, bodyBytes }) => path.endsWith(".zip") && bodyBytes > 0,
        ),
      );
      configured(gotap, IMPATIENT);
      daemon.child.signal("SIGHUP");
      await saysAgain(daemon.child);
      open();
      expectCode(await downloading, 0);
      const [first] = await gotap.traces();
      expect(first).toMatchObject({ failed: 0, open: 0 });

      origin.handler = () => ({ fault: { kind: "drop" } });
      expectCode(await goBehind(gotap, origin), 1);
      const trace = await gotap.show();
      expect(serverSpans(trace).length).toBeGreaterThan(0);
      const asked = clientSpans(trace).filter(
        (span) => span.attributes["server.port"] === origin.port,
      );
      expect(asked).not.toEqual([]);
      for (const span of asked)
        expect(span.attributes["error.type"]).toBe("first-byte-timeout");
      expect((await daemon.stop()).code).toBe(0);
    });

    it("a broken file keeps the old rules, and its place is said", async () => {
      const { origin, open } = await gatedOrigin();
      open();
      const gotap = scene.gotap();
      const daemon = await startDaemon(gotap);
      writeFileSync(
        gotap.configFile,
        'listen = "127.0.0.1:0"\n[timeouts]\n  dns = 5\n',
      );
      const place = `${gotap.configFile}:3:9: timeouts.dns is 5`;
      await waitFor("the place", () => daemon.child.stderr().includes(place));
      expectCode(await goBehind(gotap, origin), 0);
      const [first] = await gotap.traces();
      expect(first).toMatchObject({ failed: 0 });
    });

    it("in a run too, while SIGHUP stays the child's", async () => {
      const { origin } = await gatedOrigin();
      origin.handler = () => ({ fault: { kind: "drop" } });
      const gotap = scene.gotap();
      configured(gotap, ONE_TRY);
      const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
      const project = sandbox.project();
      tree.writeProject(project);
      writeFileSync(
        join(project, "child.sh"),
        "trap 'echo hung up; exec go mod download' HUP\necho ready\nwhile :; do sleep 0.1; done\n",
      );
      const run = gotap.start(["run", "--", "sh", "child.sh"], {
        env: sandbox.env,
        cwd: project,
      });
      await waitFor("the child", () => run.stdout().includes("ready"));
      configured(gotap, IMPATIENT);
      await saysAgain(run);
      run.signal("SIGHUP");
      const result = await run.done;
      expectCode(result, 1);
      expect(result.stdout).toContain("hung up");
      expect(result.stderr).toContain("504 Gateway Timeout");
      const attempts = clientSpans(await gotap.onlyRun());
      expect(attempts.map((one) => one.attributes["error.type"])).toContain(
        "first-byte-timeout",
      );
    });
  },
);

const noTerminal = whyNot("gotap", "tmux");

describe.skipIf(noTerminal)(
  `a daemon in the foreground of a terminal${because(noTerminal)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it("reads its files again on SIGHUP, and ends with its terminal", async () => {
      const gotap = scene.gotap();
      const terminal = new Terminal(
        gotap.env({ PATH: process.env["PATH"], HOME: gotap.folder }),
      );
      let isOpen = true;
      const close = (): void => {
        if (isOpen) terminal.close();
        isOpen = false;
      };
      scene.own(terminal, close);
      terminal.type(
        `exec ${process.execPath} ${GOTAP_MAIN} daemon --listen 127.0.0.1:0`,
      );
      await terminal.until("the ready line", (screen) =>
        screen.some((row) => row.includes("ready on")),
      );
      const status = JSON.parse(await gotap.read("status", "--json")) as {
        pid: number;
      };
      scene.own(status, () => {
        if (isRunning(status.pid)) process.kill(status.pid, "SIGKILL");
      });
      process.kill(status.pid, "SIGHUP");
      await terminal.until("that it was read again", (screen) =>
        screen.join("").includes("nothing has changed"),
      );
      close();
      expect(await waitFor("its end", () => !isRunning(status.pid))).toBe(true);
    });
  },
);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
