import {
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  existsSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { orphans, serverSpans } from "../support/trace-checks.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 6 });

describe.skipIf(reason)(
  `what is the user's stays as it is${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    /** A home with the files a careless tool would write to; returns how to read them all. */
    function furnish(home: string): () => Record<string, string> {
      writeFileSync(join(home, "goenv"), "GOPRIVATE=corp.example/*\n");
      writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = Ada\n");
      writeFileSync(join(home, ".profile"), "export A=1\n");
      writeFileSync(join(home, ".bashrc"), "export B=1\n");
      mkdirSync(join(home, ".config", "git"), { recursive: true });
      writeFileSync(
        join(home, ".config", "git", "config"),
        "[core]\n\teditor = ed\n",
      );
      return () =>
        Object.fromEntries(
          readdirSync(home, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
            // go's own counters of its own calls.
            .filter((path) => !path.includes("/go/telemetry/"))
            .map((path) => [path, readFileSync(path, "utf8")]),
        );
    }

    it("go's and git's settings and shell files, after a run", async () => {
      const origin = await scene.origin({
        handler: ({ path }) => tree.answer(path),
      });
      const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
      const files = furnish(sandbox.home);
      const before = files();
      const project = sandbox.project();
      tree.writeProject(project);
      const result = await runUnderGotap(
        scene.gotap(),
        sandbox,
        ["go", "mod", "download"],
        { cwd: project },
      );
      expectCode(result, 0);
      expect(files()).toEqual(before);
    });

    it("also after kill -9, and the store opens again with what was seen", async () => {
      const origin = await scene.origin({
        handler: ({ path }) =>
          path.endsWith(".zip")
            ? { fault: { kind: "drop" } }
            : tree.answer(path),
      });
      const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
      const files = furnish(sandbox.home);
      const before = files();
      const project = sandbox.project();
      tree.writeProject(project);
      const gotap = scene.gotap();
      const run = gotap.start(["run", "--", "go", "mod", "download"], {
        env: sandbox.env,
        cwd: project,
      });
      await waitFor("a zip that hangs", () =>
        origin.requests.some((request) => request.path.endsWith(".zip")),
      );
      await waitFor("it in the store, while it is open", async () => {
        const [row] = await gotap.traces();
        return row !== undefined && row.open > 0;
      });
      run.signal("SIGKILL");
      run.kill();
      await run.done;

      expect(files()).toEqual(before);
      const trace = await gotap.show();
      expect(orphans(trace)).toEqual([]);
      expect(serverSpans(trace).length).toBeGreaterThan(0);
      const lost = trace.spans.filter(
        (span) => span.attributes["gotap.lost"] === true,
      );
      expect(lost.length).toBeGreaterThan(0);
      expect(trace.spans.filter((span) => span.end_unix_nano === null)).toEqual(
        [],
      );
      expect((await gotap.traces())[0]).toMatchObject({ open: 0 });
    });

    it("--cold: the user's module cache is not touched, everything is downloaded, and nothing is left behind", async () => {
      const origin = await scene.origin({
        handler: ({ path }) => tree.answer(path),
      });
      const sandbox = scene.sandbox({
        GOPROXY: origin.url("goproxy.test"),
        GOFLAGS: "-mod=mod",
      });
      const project = sandbox.project();
      tree.writeProject(project);
      const gotap = scene.gotap();
      for (const round of [1, 2]) {
        const result = await runUnderGotap(
          gotap,
          sandbox,
          ["sh", "-c", "go mod download && go env GOMODCACHE GOFLAGS"],
          { cwd: project, flags: ["--cold"] },
        );
        expectCode(result, 0);
        const [cache = "", flags] = result.stdout.split("\n");
        expect(flags).toBe("-mod=mod -modcacherw");
        expect(cache).not.toBe(sandbox.modCache);
        expect(existsSync(cache)).toBe(false);
        expect(
          origin.requests.filter((request) => request.path.endsWith(".zip")),
        ).toHaveLength(6 * round);
      }
      expect(readdirSync(sandbox.modCache)).toEqual([]);
    });
  },
);
