import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it, onTestFinished } from "vitest";

import { readGoSettings } from "../../src/evidence/go-settings.js";

/** A stand-in for go that shows how it was called; the real one has its tests in test/go. */
async function fakeGo(script: string) {
  const folder = await mkdtemp(join(tmpdir(), "gotap-go-settings-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const goBinary = join(folder, "go");
  await writeFile(goBinary, `#!/bin/sh\n${script}\n`);
  await chmod(goBinary, 0o755);
  return { goBinary, cwd: folder };
}

const PATH = process.env["PATH"] ?? "";

it("asks go itself, with the client's environment but no proxy and no toolchain switch", async () => {
  const { goBinary, cwd } = await fakeGo(
    `env > env; echo "$@" > args; pwd > pwd; echo '{"GOVERSION":"go1.26.8","GOPROXY":"https://goproxy.cn","GOPRIVATE":""}'`,
  );
  const result = await readGoSettings({
    goBinary,
    cwd,
    env: {
      PATH,
      GOFLAGS: "-mod=mod",
      HTTPS_PROXY: "http://a.example",
      https_proxy: "http://a.example",
      HTTP_PROXY: "http://a.example",
      ALL_PROXY: "http://a.example",
      GOTOOLCHAIN: "go1.27.0+auto",
      GOTOOLCHAIN_INTERNAL_SWITCH_COUNT: "1",
      GOPROXY_TIMEOUT: "30s",
      GOPROXY_RETRY: "3",
    },
  });
  expect(result).toEqual({
    ok: true,
    goVersion: "go1.26.8",
    env: {
      GOVERSION: "go1.26.8",
      GOPROXY: "https://goproxy.cn",
      GOTOOLCHAIN: "go1.27.0+auto",
      GOPROXY_TIMEOUT: "30s",
      GOPROXY_RETRY: "3",
    },
  });
  const seen = await readFile(join(cwd, "env"), "utf8");
  expect(seen).toContain("GOTOOLCHAIN=local\n");
  expect(seen).toContain("GOFLAGS=-mod=mod\n");
  expect(seen).not.toMatch(/_proxy|INTERNAL/i);
  const args = await readFile(join(cwd, "args"), "utf8");
  expect(args).toMatch(/^env -json GOPROXY GOPRIVATE /);
});

it("finds the configured toolchain where go looks for it", async () => {
  const { goBinary, cwd } = await fakeGo(
    `echo "{\\"GOENV\\":\\"$PWD/env-file\\",\\"GOROOT\\":\\"$PWD/root\\",\\"GOTOOLCHAIN\\":\\"local\\"}"`,
  );
  const toolchain = async () => {
    const result = await readGoSettings({ goBinary, cwd, env: { PATH } });
    return result.ok && result.env["GOTOOLCHAIN"];
  };
  expect(await toolchain()).toBeUndefined();
  await mkdir(join(cwd, "root"));
  await writeFile(join(cwd, "root", "go.env"), "# x\nGOTOOLCHAIN=auto\n");
  expect(await toolchain()).toBe("auto");
  await writeFile(join(cwd, "env-file"), "GOPROXY=off\nGOTOOLCHAIN=path\n");
  expect(await toolchain()).toBe("path");
});

it.each([
  ["hangs", "sleep 1000", "timeout"],
  ["prints without end", "while :; do echo xxxxxxxx; done", "too-much-output"],
  ["fails", "echo 'go: bad GOFLAGS' >&2; exit 1", "exit"],
  ["prints no JSON", "echo GOPROXY=direct", "not-json"],
  ["prints no object", "echo null", "not-json"],
])("gives up on a go that %s", async (_what, script, reason) => {
  const { goBinary, cwd } = await fakeGo(script);
  const timeoutMs = reason === "timeout" ? 200 : 20_000;
  const result = await readGoSettings({
    goBinary,
    cwd,
    env: { PATH },
    timeoutMs,
  });
  expect(result).toMatchObject({ ok: false, reason });
});

it("gives go's own reason", async () => {
  const { goBinary, cwd } = await fakeGo(
    "echo 'go: bad GOFLAGS' >&2; echo more >&2; exit 1",
  );
  const result = await readGoSettings({ goBinary, cwd, env: { PATH } });
  expect(result).toMatchObject({ cause: "go env: go: bad GOFLAGS" });
});

it("is a failure without a go, and when it is aborted", async () => {
  const { goBinary, cwd } = await fakeGo("sleep 1000");
  const env = { PATH };
  expect(
    await readGoSettings({ goBinary: join(cwd, "none"), cwd, env }),
  ).toMatchObject({ ok: false, reason: "not-started" });
  expect(
    await readGoSettings({ goBinary, cwd, env, signal: AbortSignal.abort() }),
  ).toMatchObject({ ok: false, reason: "aborted" });
});
