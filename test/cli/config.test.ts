import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/config.js";
import { runCommand } from "./run-command.js";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-config-"));
  mkdirSync(join(home, "config"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runCommand(define, args, { env: { GOTAP_HOME: home, ...env }, cwd: home });

function userFile(text: string): string {
  const file = join(home, "config", "config.toml");
  writeFileSync(file, text);
  return file;
}

interface Rows {
  settings: { key: string; value: unknown; origin: string }[];
}

describe("gotap config", () => {
  it("shows every setting, its value and where it came from", async () => {
    const file = userFile('[timeouts]\ndns = "1s"\n');
    const { stdout } = await run([], { GOTAP_RETRY_ATTEMPTS: "5" });
    expect(stdout).toMatch(/^listen +"127\.0\.0\.1:9090" +default$/m);
    expect(stdout).toContain(`"1s"`);
    expect(stdout).toContain(`${file}:2`);
    expect(stdout).toMatch(/^retry\.attempts +5 +GOTAP_RETRY_ATTEMPTS$/m);
  });

  it("says which files were looked for", async () => {
    const file = userFile("");
    const project = join(home, "gotap.toml");
    expect((await run([])).stdout).toMatch(
      `# ${project}: not there\n# ${file}: read\n`,
    );
    expect(JSON.parse((await run(["--json"])).stdout)).toMatchObject({
      files: [
        { file: project, read: false },
        { file, read: true },
      ],
    });
  });

  it("--json has the same, without passwords", async () => {
    userFile(
      '[[upstream]]\nname = "u"\nurl = "http://user:secret@corp.example:3128"\n[resolve]\n"a.test" = "::1"\n',
    );
    const { stdout, stderr } = await run(["--json"]);
    expect(stdout).not.toContain("secret");
    const { settings } = JSON.parse(stdout) as Rows;
    expect(settings).toContainEqual({
      key: "resolve.a.test",
      value: "::1",
      origin: expect.stringMatching(/:5$/) as string,
    });
    expect(settings).toContainEqual(
      expect.objectContaining({
        key: "upstream",
        value: [{ name: "u", url: "http://***@corp.example:3128" }],
      }),
    );
    expect(stderr).toBe("");
  });

  it("--effective is a file that sets the same", async () => {
    userFile(
      'intercept = "all"\n[[rule]]\nname = "r"\nhost = ["a.test"]\ntimeouts.dns = "1s"\n',
    );
    const before = await run(["--json"]);
    const { stdout } = await run(["--effective"]);
    userFile("");
    const copy = join(home, "copy.toml");
    writeFileSync(copy, stdout);
    const after = await run(["--json", "--config", copy]);
    const values = (text: string) =>
      (JSON.parse(text) as Rows).settings.map(({ key, value }) => [key, value]);
    expect(values(after.stdout)).toEqual(values(before.stdout));
    expect(
      JSON.parse((await run(["--effective", "--json"])).stdout),
    ).toMatchObject({ intercept: "go" });
  });

  it("--schema prints the JSON Schema", async () => {
    const { stdout } = await run(["--schema"]);
    expect(JSON.parse(stdout)).toMatchObject({
      title: "gotap's configuration",
    });
  });

  it("prints nothing where a file is wrong", async () => {
    userFile("nothing = 1\n");
    const { stdout, error } = await run([]);
    expect(stdout).toBe("");
    expect(error).toMatchObject({ code: "CONFIG_UNKNOWN_KEY" });
  });
});
