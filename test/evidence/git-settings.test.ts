import { execFile } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, it, onTestFinished } from "vitest";

import {
  readGitProxy,
  readGitProxySettings,
} from "../../src/evidence/git-settings.js";

/** A repository and a home of its own, where nothing of this machine's configuration counts. */
async function repository() {
  const cwd = await mkdtemp(join(tmpdir(), "gotap-git-"));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  const env = {
    PATH: process.env["PATH"],
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: join(cwd, "global"),
  };
  const git = async (...args: string[]) =>
    promisify(execFile)("git", args, { cwd, env });
  await git("init", "--quiet");
  return { cwd, env, git };
}

it("is undefined where nothing is set, in a repository or out of one", async () => {
  const { cwd, env } = await repository();
  expect(await readGitProxy({ cwd, env })).toBeUndefined();
  expect(await readGitProxySettings({ cwd, env })).toEqual({ perUrl: [] });
  expect(await readGitProxySettings({ cwd: "/", env })).toEqual({ perUrl: [] });
});

it("finds the user's, the repository's and the environment's, the last wins", async () => {
  const { cwd, env, git } = await repository();
  await git("config", "--global", "http.proxy", "http://a.example:1");
  expect(await readGitProxy({ cwd, env })).toBe("http://a.example:1");
  await git("config", "HTTP.Proxy", "socks5://u:p@b.example:2");
  expect(await readGitProxy({ cwd, env })).toBe("socks5://u:p@b.example:2");
  const added = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.proxy",
    GIT_CONFIG_VALUE_0: "c.example:3",
  };
  expect(await readGitProxy({ cwd, env: { ...env, ...added } })).toBe(
    "c.example:3",
  );
});

it("lists those of single URLs, and only proxies", async () => {
  const { cwd, env, git } = await repository();
  await git("config", "http.https://Git.Corp.example/a.b.proxy", "p:1");
  await git("config", "http.https://x.example.proxy", "");
  await git("config", "http.proxyAuthMethod", "basic");
  await git("config", "http.https://x.example.sslVerify", "false");
  await git("config", "remote.origin.proxy", "q:2");
  expect(await readGitProxySettings({ cwd, env })).toEqual({
    perUrl: [
      { url: "https://Git.Corp.example/a.b", proxy: "p:1" },
      { url: "https://x.example", proxy: "" },
    ],
  });
});

it("tells a proxy that was switched off from one that was not set", async () => {
  const { cwd, env, git } = await repository();
  await git("config", "--global", "http.proxy", "http://a.example:1");
  await git("config", "http.proxy", "");
  expect(await readGitProxySettings({ cwd, env })).toMatchObject({ proxy: "" });
  expect(await readGitProxy({ cwd, env })).toBeUndefined();
});

it("is undefined without git, with a broken configuration and with a git that hangs", async () => {
  const { cwd, env } = await repository();
  expect(
    await readGitProxySettings({ cwd, env: { ...env, PATH: cwd } }),
  ).toBeUndefined();
  const gitBinary = join(cwd, "slow");
  await writeFile(gitBinary, "#!/bin/sh\nsleep 1000\n");
  await chmod(gitBinary, 0o755);
  expect(
    await readGitProxySettings({ cwd, env, gitBinary, timeoutMs: 200 }),
  ).toBeUndefined();
  await writeFile(join(cwd, ".git", "config"), "[http\n");
  expect(await readGitProxySettings({ cwd, env })).toBeUndefined();
});
