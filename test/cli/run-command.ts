import { PassThrough } from "node:stream";

import { Command } from "commander";

import type { CliContext } from "../../src/cli/context.js";
import type { Define } from "../../src/cli/program.js";

export interface CommandResult {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** What the command threw. */
  error?: unknown;
}

/** Runs one command in this process, as program.ts would. */
export async function runCommand(
  define: Define,
  args: readonly string[],
  place: { env: NodeJS.ProcessEnv; cwd?: string },
): Promise<CommandResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const context: CliContext = {
    env: place.env,
    cwd: place.cwd ?? process.cwd(),
    stdin: process.stdin,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: stderr as unknown as NodeJS.WriteStream,
    exitCode: 0,
  };
  const command = new Command("it").exitOverride().configureOutput({
    writeOut: (text) => void stdout.write(text),
    writeErr: (text) => void stderr.write(text),
  });
  define(command, context);
  let thrown: { error?: unknown } = {};
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    thrown = { error };
  }
  const read = (stream: PassThrough) =>
    String((stream.read() as Buffer | null) ?? "");
  return {
    stdout: read(stdout),
    stderr: read(stderr),
    exitCode: context.exitCode,
    ...thrown,
  };
}
