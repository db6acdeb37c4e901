import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { describe, expect, it, onTestFinished } from "vitest";

import { readGoSettings } from "../../src/evidence/go-settings.js";

const run = promisify(execFile);
const goBinary = await run("go", ["env", "GOROOT"]).then(
  ({ stdout }) => join(stdout.trim(), "bin", "go"),
  () => undefined,
);

async function project(goMod: string) {
  const cwd = await mkdtemp(join(tmpdir(), "gotap-go-settings-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, "go.mod"), goMod);
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: cwd,
    GOENV: join(cwd, "goenv"),
    GOPATH: join(cwd, "gopath"),
  };
  return { cwd, env };
}

// Without go: skipped on a person's machine, failed where CI runs.
describe.skipIf(goBinary === undefined && process.env["CI"] === undefined)(
  "readGoSettings with the real go",
  () => {
    it("sees go env -w, the environment and the module", async () => {
      const { cwd, env } = await project("module x\n\ngo 1.20\n");
      await writeFile(
        env.GOENV,
        "GOPROXY=https://goproxy.cn|direct\nGOPRIVATE=*.corp.example\nGOTOOLCHAIN=auto\n",
      );
      const result = await readGoSettings({
        goBinary: goBinary ?? "",
        cwd,
        env: { ...env, GOSUMDB: "off", GOFLAGS: "-mod=mod" },
        timeoutMs: 30_000,
      });
      expect(result).toMatchObject({
        ok: true,
        goVersion: expect.stringMatching(/^go1\.\d+/) as string,
        env: {
          GOPROXY: "https://goproxy.cn|direct",
          GOPRIVATE: "*.corp.example",
          GONOPROXY: "*.corp.example",
          GOSUMDB: "off",
          GOFLAGS: "-mod=mod",
          GOTOOLCHAIN: "auto",
          GOMOD: join(cwd, "go.mod"),
        },
      });
    });

    it("downloads no toolchain for a module that asks for a newer go", async () => {
      const { cwd, env } = await project("module x\n\ngo 1.999\n");
      const result = await readGoSettings({
        goBinary: goBinary ?? "",
        cwd,
        // Nothing listens there: a download would fail the command.
        env: { ...env, GOTOOLCHAIN: "auto", GOPROXY: "http://127.0.0.1:9" },
        timeoutMs: 30_000,
      });
      expect(result).toMatchObject({
        ok: true,
        env: { GOTOOLCHAIN: "auto", GOPROXY: "http://127.0.0.1:9" },
      });
    });
  },
);
