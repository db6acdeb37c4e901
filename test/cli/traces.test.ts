import { join } from "node:path";

import { CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { define } from "../../src/cli/traces.js";
import { foldersOf } from "../../src/config/folders.js";
import { openSqliteStore } from "../../src/store/sqlite-store.js";
import { sampleTrace } from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { runCommand } from "./run-command.js";

const home = makeFolder("traces");
const env = { GOTAP_HOME: home, LANG: "C" };

beforeAll(() => {
  const store = openSqliteStore(foldersOf(env).storeFile);
  const { sessions, exchanges } = sampleTrace();
  store.write([...sessions, ...exchanges]);
  store.close();
});
afterAll(() => removeFolder(home));

const traces = (...args: string[]) => runCommand(define, args, { env });

describe("gotap traces", () => {
  it("lists sessions for a person, newest first", async () => {
    const { stdout, stderr } = await traces();
    const [titles, ...lines] = stdout.trimEnd().split("\n");
    expect(titles).toMatch(/^SESSION +RUN +STARTED +TOOK +REQUESTS .*COMMAND$/);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^5e551000 {2}1f2e3d4c {2}2026-11-2\d \d\d:\d\d:04 .* go vet$/,
    );
    expect(lines[1]).toMatch(
      / 8\.8 s +9 +3 +0 +3\.5 MB +- {2}go mod download$/,
    );
    expect(stderr).toBe("");
  });

  it("prints a row a line with --json", async () => {
    const { stdout } = await traces("--json");
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map((row) => row["command"])).toEqual([
      "go vet",
      "go mod download",
    ]);
    expect(Object.keys(rows[0] ?? {})).toEqual(
      "trace_id session_id run_id command started_at duration_ms exit_code requests failed bytes open verdict".split(
        " ",
      ),
    );
  });

  it("keeps to -n and --failed", async () => {
    const count = async (...args: string[]) =>
      (await traces("--json", ...args)).stdout.split("\n").length - 1;
    expect(await count("-n", "1")).toBe(1);
    expect(await count("-n", "0")).toBe(2);
    expect(await count("--failed")).toBe(1);
    expect((await traces("-n", "x")).error).toBeInstanceOf(CommanderError);
  });

  it("of an empty store says how to fill it, and is no failure", async () => {
    const empty = { GOTAP_HOME: join(home, "empty") };
    const text = await runCommand(define, [], { env: empty });
    expect(text).toEqual({
      stdout: "",
      stderr: "nothing is recorded yet; try: gotap run -- go mod download\n",
      exitCode: 0,
    });
    const json = await runCommand(define, ["--json"], { env: empty });
    expect(json).toEqual({ stdout: "", stderr: "", exitCode: 0 });
  });
});
