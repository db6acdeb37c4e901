import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

import { expectCode, killAll } from "../support/child.js";
import { makeGoSandbox } from "../support/go.js";
import { Gotap } from "../support/gotap.js";
import { runUnderGotap } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { kinds, orphans, serverSpans } from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const PROJECT = fileURLToPath(new URL("project.mod", import.meta.url));

/** What this machine needs to reach the network; read at run time, never written down. */
const NETWORK = [
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "https_proxy",
  "http_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
];

/** Objects one after the other, each over several lines, as `go mod download -json` prints them. */
function objects(
  text: string,
): { Path: string; Version: string; Zip?: string }[] {
  return text
    .split(/^(?=\{$)/m)
    .filter((part) => part.trim() !== "")
    .map(
      (part) =>
        JSON.parse(part) as { Path: string; Version: string; Zip?: string },
    );
}

describe.skipIf(reason)(
  `a project of 195 modules from the module proxy of this machine${because(reason)}`,
  () => {
    const undo: (() => void)[] = [];
    afterEach(() => {
      killAll();
      for (const one of undo.splice(0)) one();
    });

    it("is downloaded, verified, and every zip has its span", async () => {
      const names = [
        "GOPROXY",
        "GOSUMDB",
        "GONOSUMDB",
        "GOPRIVATE",
        "GONOPROXY",
      ];
      const values = JSON.parse(
        execFileSync("go", ["env", "-json", ...names], { encoding: "utf8" }),
      ) as NodeJS.ProcessEnv;
      for (const name of NETWORK)
        if (process.env[name] !== undefined) values[name] = process.env[name];
      expect(values["GOSUMDB"]).not.toBe("off");
      const sandbox = makeGoSandbox(values);
      const gotap = new Gotap();
      // Beside the sandbox's own cache: what --cold leaves is checked with the go commands of one run.
      const out = mkdtempSync(join(tmpdir(), "gotap-test-real-"));
      undo.push(
        () => sandbox.remove(),
        () => gotap.remove(),
        () => rmSync(out, { recursive: true, force: true }),
      );
      const project = sandbox.project();
      copyFileSync(PROJECT, join(project, "go.mod"));

      const script =
        'go mod download -json > "$OUT/modules.json" && go mod verify';
      const result = await runUnderGotap(gotap, sandbox, ["sh", "-c", script], {
        cwd: project,
        flags: ["--cold"],
        env: { OUT: out },
      });
      expectCode(result, 0);
      expect(result.stdout).toBe("all modules verified\n");

      const modules = objects(readFileSync(join(out, "modules.json"), "utf8"));
      const zips = modules
        .filter((one) => one.Zip !== undefined)
        .map((one) => `${one.Path}@${one.Version}`);
      expect(zips.length).toBeGreaterThan(100);

      const trace = await gotap.onlyRun();
      const seen = new Set(
        serverSpans(trace)
          .filter(
            (span) =>
              span.attributes["gotap.go.kind"] === "zip" &&
              span.attributes["http.response.status_code"] === 200,
          )
          .map(
            (span) =>
              `${String(span.attributes["gotap.module.path"])}@${String(span.attributes["gotap.module.version"])}`,
          ),
      );
      expect(zips.filter((zip) => !seen.has(zip))).toEqual([]);
      expect(orphans(trace)).toEqual([]);
      expect(trace.spans.filter((span) => span.end_unix_nano === null)).toEqual(
        [],
      );
      expect(kinds(trace)["other"]).toBeUndefined();
      expect(kinds(trace)["sumdb-lookup"]).toBeGreaterThan(100);
    });
  },
);
