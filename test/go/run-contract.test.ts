import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

import { expectCode, runChild } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { seededBytes } from "../support/seeded-bytes.js";
import { because, GOTAP_MAIN, whyNot } from "../support/tools.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("gotap");

describe.skipIf(reason)(
  `gotap run is as good as its child${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it.each([
      ["the child's own", ["sh", "-c", "exit 7"], 7],
      ["success", ["true"], 0],
      ["127: not found", ["gotap-no-such-program"], 127],
      ["126: not executable", ["./not-executable"], 126],
      ["128 + n: ended by a signal", ["sh", "-c", "kill -TERM $$"], 143],
    ])("exit code: %s", async (_name, command, code) => {
      const sandbox = scene.sandbox();
      writeFileSync(join(sandbox.folder, "not-executable"), "#!/bin/sh\n", {
        mode: 0o644,
      });
      const result = await runUnderGotap(scene.gotap(), sandbox, command);
      expect(result).toMatchObject({ code });
    });

    it("exit codes: 2 for wrong usage, 125 for a failure of gotap's own", async () => {
      const sandbox = scene.sandbox();
      const gotap = scene.gotap();
      const env = sandbox.env;
      expect(
        (await gotap.run(["run", "--no-such-flag", "--", "true"], { env }))
          .code,
      ).toBe(2);
      expect((await gotap.run(["run"], { env })).code).toBe(2);
      const home = join(sandbox.folder, "a-file");
      writeFileSync(home, "");
      const failed = await runChild(
        process.execPath,
        [GOTAP_MAIN, "run", "--", "true"],
        {
          env: { ...env, GOTAP_HOME: join(home, "below") },
        },
      );
      expectCode(failed, 125);
      expect(failed.stderr).toContain(home);
      expect(failed.stderr).not.toMatch(/^\s+at /m);
    });

    it("arguments of the child are the child's, with and without --", async () => {
      const sandbox = scene.sandbox();
      const gotap = scene.gotap();
      const env = sandbox.env;
      const dashed = await gotap.run(
        ["run", "-q", "--", "echo", "--json", "-x", "--", "y"],
        { env },
      );
      expect(dashed.stdout).toBe("--json -x -- y\n");
      const bare = await gotap.run(["run", "-q", "echo", "-x", "--cold"], {
        env,
      });
      expect(bare.stdout).toBe("-x --cold\n");
    });

    it("stdin and stdout pass byte for byte, and -q keeps gotap silent", async () => {
      const sandbox = scene.sandbox();
      const gotap = scene.gotap();
      const bytes = seededBytes("stdin", 300_000);
      writeFileSync(join(sandbox.folder, "in"), bytes);
      const shell = await runChild(
        "sh",
        [
          "-c",
          `"$0" "$1" run -q -- cat < in > out`,
          process.execPath,
          GOTAP_MAIN,
        ],
        {
          env: gotap.env(sandbox.env),
          cwd: sandbox.folder,
        },
      );
      expect(shell).toMatchObject({ code: 0, stdout: "", stderr: "" });
      expect(readFileSync(join(sandbox.folder, "out")).equals(bytes)).toBe(
        true,
      );
    });

    it("a signal to gotap reaches the child, and the child's answer to it counts", async () => {
      const sandbox = scene.sandbox();
      const script =
        'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done';
      const child = scene
        .gotap()
        .start(["run", "--", "sh", "-c", script], { env: sandbox.env });
      await waitFor("the child", () => child.stdout().includes("ready"));
      child.signal("SIGTERM");
      expect(await child.done).toMatchObject({ code: 9 });
    });

    it("ends with a summary on stderr, and writes it as JSON with -o", async () => {
      const tree = makeModuleTree({ modules: 5 });
      const origin = await scene.origin({
        handler: ({ path }) => tree.answer(path),
      });
      const sandbox = scene.sandbox({ GOPROXY: origin.url("goproxy.test") });
      const project = sandbox.project();
      tree.writeProject(project);
      const gotap = scene.gotap();
      const result = await runUnderGotap(
        gotap,
        sandbox,
        ["go", "mod", "download"],
        {
          cwd: project,
          flags: ["-o", "summary.json"],
        },
      );
      expectCode(result, 0);
      expect(result.stdout).toBe("");
      expect(result.stderr).toContain("goproxy.test");
      expect(result.stderr).toMatch(/\b15\b/);
      const summary = readFileSync(join(project, "summary.json"), "utf8");
      expect(JSON.parse(summary)).toBeTypeOf("object");
      expect(summary).toContain("goproxy.test");
    });

    it("sets what SPEC §1 names, adds to git's configuration, and merges bundles", async () => {
      const sandbox = scene.sandbox({
        GIT_CONFIG_COUNT: "1",
        GIT_CONFIG_KEY_0: "user.name",
        GIT_CONFIG_VALUE_0: "Ada",
        SSL_CERT_FILE: scene.authority.caFile,
        NO_PROXY: "corp.example",
      });
      const result = await runUnderGotap(scene.gotap(), sandbox, ["env"]);
      const env = Object.fromEntries(
        result.stdout
          .split("\n")
          .map((line) => [
            line.slice(0, line.indexOf("=")),
            line.slice(line.indexOf("=") + 1),
          ]),
      );
      const proxy = env["HTTPS_PROXY"] ?? "";
      expect(proxy).toMatch(
        /^http:\/\/run-[0-9a-f]{16}:[^@]*@127\.0\.0\.1:\d+\/?$/,
      );
      for (const name of ["HTTP_PROXY", "https_proxy", "http_proxy"])
        expect(env[name]).toBe(proxy);
      expect(env["GIT_HTTP_PROXY_AUTHMETHOD"]).toBe("basic");
      expect(Number(env["GIT_CONFIG_COUNT"])).toBeGreaterThan(1);
      expect(env["GIT_CONFIG_VALUE_0"]).toBe("Ada");
      expect(env["TRACEPARENT"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(env["NO_PROXY"]).not.toContain("corp.example");
      expect(env["NO_PROXY"]).toContain("127.0.0.1");
      for (const name of [
        "SSL_CERT_FILE",
        "GIT_SSL_CAINFO",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "PIP_CERT",
      ])
        expect(`${name}=${env[name]}`).toMatch(/=\/.+/);
    });

    it("merges the bundle that was set before: it stands in the new one, beside gotap's CA", async () => {
      const sandbox = scene.sandbox({ SSL_CERT_FILE: scene.authority.caFile });
      const gotap = scene.gotap();
      const result = await runUnderGotap(gotap, sandbox, [
        "sh",
        "-c",
        'cat "$SSL_CERT_FILE"',
      ]);
      const certificates = pemBlocks(result.stdout);
      const before = pemBlocks(readFileSync(scene.authority.caFile, "utf8"));
      const own = pemBlocks(
        readFileSync((await gotap.read("ca", "path")).trim(), "utf8"),
      );
      expect(certificates).toEqual(expect.arrayContaining([...before, ...own]));
    });
  },
);

function pemBlocks(text: string): string[] {
  return (
    text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ??
    []
  );
}
