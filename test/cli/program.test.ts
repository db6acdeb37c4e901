import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { CliContext } from "../../src/cli/context.js";
import { runCli } from "../../src/cli/program.js";
import { DaemonStandIn } from "./daemon-stand-in.js";

const VERBS = [
  "run",
  "daemon",
  "status",
  "stop",
  "service",
  "env",
  "ca",
  "traces",
  "show",
  "breaker",
  "config",
  "prune",
];

let daemon: DaemonStandIn;
beforeEach(() => {
  daemon = new DaemonStandIn();
});
afterEach(() => daemon.close());

async function gotap(
  argv: readonly string[],
  place: Partial<CliContext> = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const exitCode = await runCli(argv, {
    env: daemon.env,
    cwd: daemon.home,
    stdin: process.stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    exitCode: 0,
    ...place,
  });
  const read = (stream: PassThrough) =>
    String((stream.read() as Buffer | null) ?? "");
  return { exitCode, stdout: read(stdout), stderr: read(stderr) };
}

describe("runCli", () => {
  it("--version is one line on stdout", async () => {
    const { exitCode, stdout, stderr } = await gotap(["--version"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^gotap \d+\.\d+\.\d+ .*\n$/);
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(stderr).toBe("");
  });

  it("--help and help name every command, on stdout", async () => {
    for (const argv of [["--help"], ["help"]]) {
      const { exitCode, stdout } = await gotap(argv);
      expect(exitCode).toBe(0);
      for (const verb of VERBS) expect(stdout).toContain(`  ${verb} `);
    }
  });

  it("without a command it shows them all and fails as wrong usage", async () => {
    const { exitCode, stdout, stderr } = await gotap([]);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("run a command and see every request");
  });

  it.each(VERBS)("%s: --help and help show an example", async (verb) => {
    for (const argv of [
      [verb, "--help"],
      ["help", verb],
    ]) {
      const { exitCode, stdout, stderr } = await gotap(argv);
      expect(exitCode).toBe(0);
      expect(stderr).toBe("");
      expect(stdout).toMatch(/^Examples?:\n.*gotap /m);
    }
  });

  it.each([
    [["no-such-command"], "no-such-command"],
    [["help", "no-such-command"], "no-such-command"],
    [["--no-such-flag"], "--no-such-flag"],
    [["status", "--no-such-flag"], "--no-such-flag"],
    [["run", "--no-such-flag", "--", "true"], "--no-such-flag"],
    [["run", "--json", "--", "true"], "--json"],
    [["run"], "command"],
    [["traces", "-n", "many"], "many"],
    [["show", "one", "two"], "too many"],
    [["env", "--format", "morse"], "morse"],
    [["run", "-o", "-", "--", "true"], "-o summary.json"],
  ])("wrong usage %j: exit 2, nothing on stdout", async (argv, named) => {
    const { exitCode, stdout, stderr } = await gotap(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(named);
  });

  it("takes -json as go's users type it", async () => {
    await daemon.start(999_999_001);
    const { exitCode, stdout } = await gotap(["status", "-json"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ pid: 999_999_001 });
  });

  it("a failure of the operator's: two lines, its exit code, no stack", async () => {
    const { exitCode, stdout, stderr } = await gotap(["status"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toBe(
      "gotap: no gotap daemon is running\n  start one: gotap daemon (or gotap daemon --detach)\n",
    );
  });

  it.each([
    ["status", 1],
    ["run", 125],
  ])("a bug in %s: its stack, and %i", async (verb, code) => {
    const env = new Proxy<NodeJS.ProcessEnv>(
      {},
      {
        get: () => {
          throw new TypeError("not thought of");
        },
        ownKeys: () => {
          throw new TypeError("not thought of");
        },
      },
    );
    const { exitCode, stderr } = await gotap([verb, "true"].slice(0, code), {
      env,
    });
    expect(exitCode).toBe(code);
    expect(stderr).toMatch(/^gotap: this is a bug in gotap; please report it/);
    expect(stderr).toMatch(/TypeError: not thought of\n\s+at /);
  });
});
