import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { CommanderError } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/prune.js";
import { foldersOf } from "../../src/config/folders.js";
import { openReader } from "../../src/store/reader.js";
import { openSqliteStore } from "../../src/store/sqlite-store.js";
import { sampleExchange, sampleSession } from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { runCommand } from "./run-command.js";

const DAY_MS = 86_400_000;

let home: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  home = makeFolder("prune");
  env = { GOTAP_HOME: home };
  const store = openSqliteStore(foldersOf(env).storeFile);
  for (const [index, days] of [1, 3, 20].entries()) {
    const sessionId = `5e5510000000000${index}`;
    const { runId: _, ...session } = sampleSession({
      sessionId,
      traceId: sessionId.repeat(2),
      anchor: {
        atMs: 1000,
        unixNano: `${Date.now() - days * DAY_MS}000000`,
      },
    });
    store.write([session, sampleExchange({ sessionId })]);
  }
  store.close();
});
afterEach(() => removeFolder(home));

const prune = (...args: string[]) =>
  runCommand(define, args, { env, cwd: home });

function left(): number {
  const reader = openReader(foldersOf(env).storeFile);
  const { length } = reader.rows({ nowUnixMs: Date.now() });
  reader.close();
  return length;
}

describe("gotap prune", () => {
  it("removes what the settings say: 14 days by default", async () => {
    const { stdout } = await prune();
    expect(stdout).toMatch(/^removed 1 trace \(1 request\), \d.* freed\n$/);
    expect(left()).toBe(2);
  });

  it("takes the configured age", async () => {
    const file = join(foldersOf(env).config, "config.toml");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '[store]\nmax_age = "30d"\n');
    expect((await prune()).stdout).toMatch(/^removed 0 traces/);
    expect(left()).toBe(3);
  });

  it("takes an age, and reports it as JSON", async () => {
    const { stdout } = await prune("--older-than", "2d", "--json");
    expect(JSON.parse(stdout)).toEqual({
      traces: 2,
      requests: 2,
      bytes_freed: expect.any(Number) as number,
    });
    expect(left()).toBe(1);
  });

  it("removes all that is closed with 0", async () => {
    expect((await prune("--older-than", "0")).stdout).toMatch(
      /^removed 3 traces/,
    );
    expect(left()).toBe(0);
  });

  it("refuses what is no age", async () => {
    expect((await prune("--older-than", "14")).error).toBeInstanceOf(
      CommanderError,
    );
    expect(left()).toBe(3);
  });

  it("of a machine without a store removes nothing", async () => {
    const empty = { GOTAP_HOME: join(home, "empty") };
    const { stdout } = await runCommand(define, [], { env: empty, cwd: home });
    expect(stdout).toBe("removed 0 traces (0 requests), 0 B freed\n");
  });
});
