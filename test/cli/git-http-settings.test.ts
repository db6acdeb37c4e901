import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { gitHttpSettings } from "../../src/cli/git-http-settings.js";

const home = mkdtempSync(join(tmpdir(), "gotap-git-"));
afterAll(() => rmSync(home, { recursive: true }));
const env = { PATH: process.env["PATH"], HOME: home, GIT_CONFIG_NOSYSTEM: "1" };

describe("gitHttpSettings", () => {
  it("is empty without a setting, and without git", async () => {
    expect(await gitHttpSettings(env, home)).toEqual({});
    expect(await gitHttpSettings({ PATH: home }, home)).toEqual({});
  });

  it("reads what the real git says, the last value of each", async () => {
    writeFileSync(
      join(home, ".gitconfig"),
      '[http]\n\tproxy = http://old.example:1\n\tsslCAInfo = ~/ca.pem\n[http "https://x.example"]\n\tproxy = other\n[http]\n\tproxy = http://corp.example:3128\n',
    );
    expect(await gitHttpSettings(env, home)).toEqual({
      proxy: "http://corp.example:3128",
      sslCaInfo: join(home, "ca.pem"),
    });
  });
});
