import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { Command, CommanderError } from "commander";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { CliContext } from "../../src/cli/context.js";
import { define } from "../../src/cli/show.js";
import { foldersOf } from "../../src/config/folders.js";
import { GotapError } from "../../src/model/failure.js";
import type { TraceJson } from "../../src/span/trace-json.js";
import { openStore } from "../../src/store/store.js";
import {
  manySpans,
  RUN_ID,
  sampleTrace,
  TRACE_ID,
} from "../support/sample-trace.js";

const home = mkdtempSync(join(tmpdir(), "gotap-show-"));
const env = { GOTAP_HOME: home, LANG: "C" };

/** Runs `gotap show ARGS` in this process, with a stdout that keeps what is written. */
async function show(
  args: string[],
  over: NodeJS.ProcessEnv = env,
  columns?: number,
): Promise<string> {
  let written = "";
  const stdout = {
    isTTY: columns !== undefined,
    columns,
    write: (text: string) => {
      written += text;
      return true;
    },
  };
  const context: CliContext = {
    env: over,
    cwd: home,
    stdin: process.stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: process.stderr,
    exitCode: 0,
  };
  const command = new Command("show")
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} });
  define(command, context);
  await command.parseAsync(args, { from: "user" });
  return written;
}

beforeAll(async () => {
  const file = foldersOf(env).storeFile;
  await mkdir(dirname(file), { recursive: true });
  const store = openStore(file, {
    degraded: (line) => {
      throw new Error(line);
    },
  });
  const { run, sessions, exchanges } = sampleTrace();
  store.write([...(run === undefined ? [] : [run]), ...sessions, ...exchanges]);
  store.close();
});

afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

describe("gotap show", () => {
  it("draws the newest trace, in plain ASCII where the locale is no UTF-8", async () => {
    const text = await show([]);
    expect(text).toContain(`run ${RUN_ID}`);
    expect(text).toContain("go mod download");
    expect(text).toContain("certificate has expired");
    expect(text.replaceAll("\n", "")).toMatch(/^[ -~]*$/);
  });

  it("takes a prefix of a run or a session id", async () => {
    expect(await show([RUN_ID.slice(0, 6)])).toContain("go vet");
    const session = await show(["5e551000000000b1"]);
    expect(session).toContain("go mod download");
    expect(session).not.toContain("go vet");
  });

  it("prints SPEC §3's object with --json", async () => {
    const json = JSON.parse(await show(["--json"])) as TraceJson;
    expect(json).toMatchObject({
      trace_id: TRACE_ID,
      run_id: RUN_ID,
      command: "make deps",
      exit_code: 1,
    });
    const ids = new Set(json.spans.map((span) => span.span_id));
    const orphans = json.spans.filter(
      (span) => span.parent_span_id !== null && !ids.has(span.parent_span_id),
    );
    expect(orphans).toEqual([]);
    expect(json.spans.filter((span) => span.kind === "SERVER")).toHaveLength(
      10,
    );
  });

  it("is as wide as the terminal, or as --width says, and opens phases", async () => {
    const utf8 = { ...env, LANG: "en_GB.UTF-8", NO_COLOR: "1" };
    const widest = (text: string): number =>
      Math.max(...text.split("\n").map((line) => line.length));
    expect(widest(await show([], { ...utf8, COLUMNS: "70" }))).toBe(70);
    expect(widest(await show([], utf8, 80))).toBe(80);
    expect(widest(await show(["--width", "60"], utf8, 80))).toBe(60);
    const opened = await show(["--phases"], utf8, 80);
    expect(opened).toMatch(/^ +receive +20 ms/m);
  });

  it("colours a terminal alone, and heeds NO_COLOR", async () => {
    const escape = "\u001b[";
    expect(await show([], env, 80)).toContain(escape);
    expect(await show([], env)).not.toContain(escape);
    expect(await show([], { ...env, NO_COLOR: "1" }, 80)).not.toContain(escape);
  });

  it("explains what it cannot find or understand", async () => {
    await expect(show(["ffffffff"])).rejects.toBeInstanceOf(GotapError);
    await expect(show(["--width", "3"])).rejects.toBeInstanceOf(CommanderError);
    const empty = { GOTAP_HOME: join(home, "empty") };
    await expect(show([], empty)).rejects.toBeInstanceOf(GotapError);
  });

  it("shows 10,000 stored spans", async () => {
    const big = { GOTAP_HOME: join(home, "big") };
    const file = foldersOf(big).storeFile;
    await mkdir(dirname(file), { recursive: true });
    const store = openStore(file, { degraded: () => {} });
    const { sessions, exchanges } = manySpans(10_000);
    store.write([...sessions, ...exchanges]);
    store.close();
    expect((await show([], big)).split("\n").length).toBeGreaterThan(2500);
  });
});
