import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/config.js";
import { runCommand } from "./run-command.js";

let home: string;
let file: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "gotap-config-"));
  file = join(home, "gotap.toml");
  writeFileSync(file, 'intercept = "all"\n');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const run = (...args: string[]) =>
  runCommand(define, args, { env: { GOTAP_HOME: home }, cwd: home });

describe("gotap config trust", () => {
  it("makes ./gotap.toml count, as the notice says it would", async () => {
    const before = await run("--effective");
    expect(before.stdout).toContain('intercept = "go"');
    expect(before.stderr).toContain(`gotap config trust ${file}`);
    const { stdout } = await run("trust");
    expect(stdout).toContain(file);
    expect(stdout).toContain("it sets intercept");
    const after = await run("--effective");
    expect(after.stdout).toContain('intercept = "all"');
    expect(after.stderr).toBe("");
  });

  it("takes a file, lists and forgets", async () => {
    await run("trust", file);
    expect((await run("trust", "--list")).stdout).toContain(file);
    expect(JSON.parse((await run("trust", "--list", "--json")).stdout)).toEqual(
      { trusted: [expect.objectContaining({ file, roots: [] })] },
    );
    expect((await run("trust", "--remove")).stdout).toContain(file);
    expect((await run("trust", "--list")).stdout).toBe("");
    expect((await run("trust", "--remove")).error).toMatchObject({
      code: "TRUST_FILE",
    });
  });

  it("marks what has changed since, and what is gone", async () => {
    const listed = async () => (await run("trust", "--list")).stdout;
    await run("trust");
    expect(await listed()).not.toContain("changed");
    writeFileSync(file, 'intercept = "none"\n');
    expect(await listed()).toMatch(/ changed, does not count\n$/);
    expect(
      JSON.parse((await run("trust", "--list", "--json")).stdout),
    ).toMatchObject({ trusted: [{ file, changed: file }] });
    rmSync(file);
    expect(await listed()).toMatch(/ changed, does not count\n$/);
  });

  it("marks what names a root certificate that has changed", async () => {
    const root = join(home, "root.pem");
    writeFileSync(root, "one");
    writeFileSync(file, '[tls]\nca = ["root.pem"]\n');
    await run("trust");
    writeFileSync(root, "two");
    expect((await run("trust", "--list")).stdout).toContain(
      `does not count: ${root} changed\n`,
    );
  });

  it("does not list and remove at once", async () => {
    expect((await run("trust", "--list", "--remove")).error).toMatchObject({
      exitCode: 2,
    });
  });
});
