import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/config.js";
import type { Held } from "../../src/cli/config-for.js";
import { runCommand } from "./run-command.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-config-"));
  mkdirSync(join(home, "config"));
  mkdirSync(join(home, "bin"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A go that says this of itself. */
function goSays(settings: Record<string, string>): void {
  const go = join(home, "bin", "go");
  writeFileSync(go, `#!/bin/sh\necho '${JSON.stringify(settings)}'\n`);
  chmodSync(go, 0o755);
}

function userFile(text: string): void {
  writeFileSync(join(home, "config", "config.toml"), text);
}

const run = (args: string[], env: NodeJS.ProcessEnv) =>
  runCommand(define, ["--effective", "--for", ...args], {
    env: { GOTAP_HOME: home, PATH: join(home, "bin"), ...env },
    cwd: home,
  });

async function sources(url: string, env: NodeJS.ProcessEnv = {}) {
  const { stdout } = await run([url, "--json"], env);
  return (JSON.parse(stdout) as Held).sources;
}

const FILE = "example.com/m/@v/v1.2.3.zip";
const ZIP = `https://goproxy.cn/${FILE}`;
const RULES = `[[mirror]]
for = "goproxy.cn"
urls = ["https://mirrors.example.com/go"]
[[upstream]]
name = "backup"
url = "http://user:secret@backup.corp.example:8080"
`;

describe("the sources and ways of gotap config --effective --for URL", () => {
  it("are the host's own, its mirrors and the chain, as far as a | reaches", async () => {
    goSays({ GOPROXY: "https://goproxy.cn|https://goproxy.io,direct" });
    userFile(RULES);
    const ways = ["direct", "backup"];
    expect(await sources(ZIP)).toEqual([
      { name: "goproxy.cn", role: "own", url: ZIP, ways },
      {
        name: "mirrors.example.com",
        role: "mirror",
        url: `https://mirrors.example.com/go/${FILE}`,
        ways,
      },
      {
        name: "goproxy.io",
        role: "chain",
        url: `https://goproxy.io/${FILE}`,
        ways,
      },
    ]);
    const list = "https://goproxy.cn/example.com/m/@v/list";
    const roles = (await sources(list)).map(({ role }) => role);
    expect(roles).toEqual(["own", "chain"]);
  });

  it("start with the proxy that is set here", async () => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    userFile(RULES);
    const env = {
      HTTPS_PROXY: "http://user:secret@proxy.corp.example:3128",
      NO_PROXY: "mirrors.example.com",
    };
    expect((await sources(ZIP, env)).map(({ ways }) => ways)).toEqual([
      ["proxy.corp.example:3128", "backup"],
      ["direct", "backup"],
    ]);
    const { stderr } = await run([ZIP], { HTTPS_PROXY: "ftp://a.test" });
    expect(stderr).toContain("the proxy that was set is not used");
  });

  it.each([
    ["a private module", ZIP, { GOPRIVATE: "example.com" }],
    ["a password in the URL", ZIP.replace("//", "//user:secret@"), {}],
  ])("are the own host's alone for %s", async (_, url, more) => {
    goSays({ GOPROXY: "https://goproxy.cn|https://goproxy.io", ...more });
    userFile(RULES);
    const found = await sources(url);
    expect(found).toMatchObject([{ role: "own", url: ZIP }]);
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  it("are the own host's alone where go could not be asked", async () => {
    userFile(RULES);
    expect(await sources(ZIP)).toMatchObject([
      { role: "own", ways: ["direct"] },
    ]);
  });

  it("are the own way alone for a tunnel", async () => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    userFile(RULES);
    const env = { GOTAP_INTERCEPT: "none" };
    expect(await sources(ZIP, env)).toMatchObject([
      { role: "own", ways: ["direct"] },
    ]);
  });

  it.each([
    ["never", ["own"]],
    ["failed", ["own", "offline"]],
    ["always", ["offline", "own"]],
  ])("with [offline] when = %j are %j", async (when, roles) => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    userFile(`[offline]\nuse = ["gomodcache"]\nwhen = "${when}"\n`);
    const folder = join(home, "mod", "cache", "download", "example.com/m/@v");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "v1.2.3.mod"), "module example.com/m\n");
    const env = { GOMODCACHE: join(home, "mod") };
    const mod = ZIP.replace(".zip", ".mod");
    const found = await sources(mod, env);
    expect(found.map(({ role }) => role)).toEqual(roles);
    const stored = found.filter(({ role }) => role === "offline");
    const shown = stored.map(({ url, ways, ...rest }) => ({
      ...rest,
      file: basename(url),
      ways,
    }));
    const kept = {
      name: "gomodcache",
      role: "offline",
      file: "v1.2.3.mod",
      ways: [],
    };
    expect(shown).toEqual(when === "never" ? [] : [kept]);
  });

  it("are printed for a person too, without passwords", async () => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    userFile(RULES);
    const { stdout } = await run([ZIP], {});
    expect(stdout).toMatch(
      /^source +goproxy\.cn +the host itself, over direct, backup$/m,
    );
    expect(stdout).toMatch(
      /^source +mirrors\.example\.com +mirror, over direct, backup$/m,
    );
    expect(stdout).not.toContain("secret");
  });
});
