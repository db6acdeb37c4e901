import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readGitHttpSettings } from "../../src/evidence/git-settings.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { because, whyNot } from "../support/tools.js";

const reason = whyNot("git");

describe.skipIf(reason)(`readGitHttpSettings${because(reason)}`, () => {
  let folder: string;
  beforeEach(() => {
    folder = makeFolder("gitsettings");
  });
  afterEach(() => removeFolder(folder));
  const env = (more: Record<string, string> = {}) => ({
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    ...more,
  });

  it("files and environment, in the order in which the later one counts", async () => {
    writeFileSync(
      join(folder, ".gitconfig"),
      '[http]\n\tsslVerify\n[http "https://Corp.example/A"]\n\tsslCAInfo = ~/a.pem\n[user]\n\tname = me\n',
    );
    expect(
      await readGitHttpSettings({
        cwd: folder,
        env: env({
          GIT_CONFIG_COUNT: "1",
          GIT_CONFIG_KEY_0: "http.sslVerify",
          GIT_CONFIG_VALUE_0: "false",
          GIT_TRACE: join(folder, "trace"),
        }),
      }),
    ).toEqual([
      ["http.sslverify", undefined],
      ["http.https://Corp.example/A.sslcainfo", "~/a.pem"],
      ["http.sslverify", "false"],
    ]);
  });

  it("is empty where there is nothing, no git, or no folder", async () => {
    expect(await readGitHttpSettings({ cwd: folder, env: env() })).toEqual([]);
    expect(
      await readGitHttpSettings({ cwd: folder, env: { PATH: "/nowhere" } }),
    ).toEqual([]);
    expect(
      await readGitHttpSettings({ cwd: join(folder, "gone"), env: env() }),
    ).toEqual([]);
  });

  it("is bounded", async () => {
    const slow = join(folder, "git");
    writeFileSync(slow, "#!/bin/sh\nsleep 60\n", { mode: 0o755 });
    expect(
      await readGitHttpSettings({
        cwd: folder,
        env: { PATH: `${folder}:/bin:/usr/bin` },
        timeoutMs: 50,
      }),
    ).toEqual([]);
  });
});
