import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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

function userFile(text: string): string {
  const file = join(home, "config", "config.toml");
  writeFileSync(file, text);
  return file;
}

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runCommand(define, ["--effective", "--for", ...args], {
    env: { GOTAP_HOME: home, PATH: join(home, "bin"), ...env },
    cwd: home,
  });

async function held(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { stdout } = await run([...args, "--json"], env);
  const all = JSON.parse(stdout) as Held;
  const of = (key: string) => all.settings.find((one) => one.key === key);
  return { all, of };
}

const ZIP = "https://goproxy.cn/github.com/!azure/x/@v/v1.2.3.zip";

describe("gotap config --effective --for URL", () => {
  it("says what the request is and what holds for it, and who says so", async () => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    const file = userFile(`[timeouts]
dns = "1s"
[[rule]]
name = "first"
kind = ["zip"]
timeouts.tls = "90s"
[[rule]]
name = "second"
host = ["goproxy.cn"]
timeouts = { tls = "1s", total = "1h" }
retry.attempts = 7
`);
    const { all, of } = await held([ZIP], { GOTAP_RETRY_BUDGET: "0.5" });
    expect(all).toMatchObject({
      url: ZIP,
      kind: "zip",
      module: "github.com/Azure/x",
      version: "v1.2.3",
      session: null,
      notices: [],
    });
    expect(all.settings.map(({ key }) => key)).toEqual([
      "timeouts.dns",
      "timeouts.connect",
      "timeouts.proxy",
      "timeouts.tls",
      "timeouts.first_byte",
      "timeouts.body_idle",
      "timeouts.total",
      "timeouts.patience",
      "retry.attempts",
      "retry.backoff",
      "retry.max_backoff",
      "retry.budget",
      "intercept",
    ]);
    expect(of("timeouts.dns")).toMatchObject({
      value: "1s",
      rule: null,
      origin: `${file}:2`,
    });
    expect(of("timeouts.tls")).toMatchObject({
      value: "90s",
      rule: "first",
      origin: `${file}:6`,
    });
    expect(of("timeouts.total")).toMatchObject({
      value: "1h",
      rule: "second",
      origin: `${file}:10`,
    });
    expect(of("retry.attempts")).toMatchObject({
      value: 7,
      rule: "second",
      origin: `${file}:11`,
    });
    expect(of("retry.budget")).toMatchObject({
      value: 0.5,
      origin: "GOTAP_RETRY_BUDGET",
    });
    expect(of("intercept")).toMatchObject({ value: "go", origin: "default" });
  });

  it("prints the same for a person", async () => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    const { stdout, stderr } = await run([
      "https://user:secret@goproxy.cn/x.test/@v/list",
    ]);
    expect(stdout).not.toContain("secret");
    expect(stdout).toMatch(/^kind +list$/m);
    expect(stdout).toMatch(/^module +x\.test$/m);
    expect(stdout).toMatch(
      /^source +goproxy\.cn +the host itself, over direct$/m,
    );
    expect(stdout).toMatch(/^timeouts\.dns +5s +default$/m);
    expect(stdout).toMatch(/^retry\.attempts +3 +default$/m);
    expect(stderr).toBe("");
  });

  it("names the built-in rule", async () => {
    goSays({});
    const { all, of } = await held(["https://a.test/r.git/git-upload-pack"]);
    expect(all.kind).toBe("git-upload-pack");
    expect(of("timeouts.first_byte")).toMatchObject({
      value: "5m",
      rule: "git thinks before it speaks",
      origin: "built in",
    });
  });

  it("counts rules with a session for that session alone", async () => {
    goSays({});
    userFile(
      '[[rule]]\nname = "ci"\nsession = ["go mod"]\nretry.attempts = 9\n',
    );
    const attempts = async (...args: string[]) =>
      (await held([ZIP, ...args])).of("retry.attempts")?.value;
    expect(await attempts()).toBe(3);
    expect(await attempts("--session", "go mod download")).toBe(9);
    expect(await attempts("--session", "go build")).toBe(3);
  });

  it("knows the bases of GOPROXY, also behind a front, and of mirrors", async () => {
    goSays({
      GOPROXY:
        "https://a.test/go,http://127.0.0.1:9090/proxy/-/https/b.test/go",
    });
    userFile('[[mirror]]\nfor = "a.test"\nurls = ["https://c.test/go"]\n');
    for (const host of ["a", "b", "c"]) {
      const url = `https://${host}.test/go/x.test/m/@latest`;
      expect((await held([url])).all.module).toBe("x.test/m");
    }
  });

  it("says where go was not there to be asked", async () => {
    const { stdout, stderr } = await run([ZIP]);
    expect(stdout).toMatch(/^kind +zip$/m);
    expect(stderr).toContain("go's own settings are not known");
  });

  it("has no limits for what is no request of go's, nor for a tunnel", async () => {
    goSays({});
    const file = userFile(
      '[[rule]]\nname = "closed"\nhost = ["*.corp.example"]\nintercept = false\n',
    );
    const other = await held(["https://goproxy.cn/index.html"]);
    expect(other.all.kind).toBe("other");
    expect(other.of("timeouts.first_byte")).toMatchObject({
      value: "0s",
      origin: "kind other: no limits, no retries",
    });
    expect(other.of("retry.attempts")?.value).toBe(1);
    const tunnel = await held(["https://a.corp.example/x.test/m/@v/list"]);
    expect(tunnel.of("intercept")).toMatchObject({
      value: false,
      rule: "closed",
      origin: `${file}:4`,
    });
    expect(tunnel.of("timeouts.first_byte")?.value).toBe("0s");
    const plain = await held(["http://a.corp.example/x.test/m/@v/list"]);
    expect(plain.of("timeouts.first_byte")?.value).toBe("30s");
    const none = await held([ZIP], { GOTAP_INTERCEPT: "none" });
    expect(none.of("timeouts.first_byte")?.value).toBe("0s");
  });

  it("honours GOPROXY_TIMEOUT and GOPROXY_RETRY where a module proxy is asked", async () => {
    goSays({ GOPROXY: "https://goproxy.cn" });
    userFile('[[rule]]\nname = "r"\ntimeouts.first_byte = "9s"\n');
    const env = { GOPROXY_TIMEOUT: "45s", GOPROXY_RETRY: "6" };
    const { of } = await held([ZIP], env);
    expect(of("timeouts.first_byte")).toEqual({
      key: "timeouts.first_byte",
      value: "45s",
      rule: null,
      origin: "GOPROXY_TIMEOUT",
    });
    expect(of("timeouts.patience")?.value).toBe("45s");
    expect(of("timeouts.tls")).toMatchObject({ value: "10s", rule: null });
    expect(of("retry.attempts")).toMatchObject({
      value: 7,
      origin: "GOPROXY_RETRY",
    });
    expect(of("retry.backoff")?.value).toBe("1s");
    const git = await held(["https://a.test/x?go-get=1"], env);
    expect(git.of("timeouts.first_byte")).toMatchObject({
      value: "9s",
      rule: "r",
    });
  });

  it("says which of them is not understood", async () => {
    goSays({});
    const { stdout, stderr } = await run([ZIP], { GOPROXY_RETRY: "often" });
    expect(stdout).toMatch(/^retry\.attempts +3 +default$/m);
    expect(stderr).toContain("GOPROXY_RETRY=often does not count");
  });

  it.each(["goproxy.cn", "", "ftp://a.test", "https://"])(
    "refuses %j as wrong usage",
    async (url) => {
      goSays({});
      const { stdout, error } = await run([url]);
      expect(stdout).toBe("");
      expect(error).toMatchObject({ code: "CONFIG_URL", exitCode: 2 });
    },
  );

  it("refuses --session without it", async () => {
    const { error } = await runCommand(define, ["--session", "go build"], {
      env: { GOTAP_HOME: home },
      cwd: home,
    });
    expect(error).toMatchObject({ exitCode: 2 });
  });
});
