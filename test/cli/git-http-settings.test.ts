import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import {
  gitHttpSettings,
  sayPassedBy,
} from "../../src/cli/git-http-settings.js";
import { type Log, SILENT } from "../../src/model/log.js";

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
      passedBy: ["https://x.example"],
    });
  });

  it("each URL with a proxy of its own is one line", () => {
    const lines: string[] = [];
    const log: Log = {
      ...SILENT,
      notice: (_key, text) => void lines.push(text),
    };
    sayPassedBy({}, log);
    sayPassedBy({ passedBy: ["https://x.example"] }, log);
    expect(lines).toEqual([
      "git's own http.https://x.example.proxy leads past gotap: those requests are not seen",
    ]);
  });
});
