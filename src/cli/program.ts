import { Command, CommanderError } from "commander";

import { GotapError } from "../model/failure.js";
import { bugText } from "./bugs.js";
import type { CliContext } from "./context.js";
import { versionLine } from "./version.js";

/** Adds options, examples and the action to a command that has its name and summary already. */
export type Define = (command: Command, context: CliContext) => void;

interface Entry {
  summary: string;
  /** Loaded only for the command that was typed: imports are the start-up time. */
  load: () => Promise<{ define: Define }>;
}

const COMMANDS: Record<string, Entry> = {
  run: {
    summary: "run a command and see every request it makes",
    load: () => import("./run.js"),
  },
  daemon: {
    summary: "the proxy for everything you set it for",
    load: () => import("./daemon.js"),
  },
  status: {
    summary: "what runs, where, since when, what is open",
    load: () => import("./status.js"),
  },
  stop: {
    summary: "drain the daemon and stop it",
    load: () => import("./stop.js"),
  },
  service: {
    summary: "start the daemon with your session",
    load: () => import("./service.js"),
  },
  env: {
    summary: "the environment to eval or paste",
    load: () => import("./env.js"),
  },
  ca: {
    summary: "the local certificate authority",
    load: () => import("./ca.js"),
  },
  traces: {
    summary: "stored sessions, newest first",
    load: () => import("./traces.js"),
  },
  show: {
    summary: "one trace as a tree with a waterfall",
    load: () => import("./show.js"),
  },
  breaker: {
    summary: "the state of every upstream, and the manual override",
    load: () => import("./breaker.js"),
  },
  config: {
    summary: "every setting, its value, where it came from",
    load: () => import("./config.js"),
  },
  prune: { summary: "remove stored traces", load: () => import("./prune.js") },
};

/** As go's users type it: `-json`, of our own words alone, never of a command that follows `--` or `run`. */
function withLongJson(argv: readonly string[]): string[] {
  if (argv[0] === "run") return [...argv];
  return argv.map((word) => (word === "-json" ? "--json" : word));
}

function known(command: string): boolean {
  return command.startsWith("-") || command in COMMANDS || command === "help";
}

/** A bug before its child has started is `run`'s own failure (POSIX env, nice, timeout: 125), and 1 everywhere else. */
export function bugExitCode(argv: readonly string[]): number {
  return argv[0] === "run" ? 125 : 1;
}

/**
 * Runs one command line.
 * @param argv without node and script
 * @returns the exit code: 2 for wrong usage, 1 for a failure; `run` gives its child's
 */
export async function runCli(
  argv: readonly string[],
  context: CliContext,
): Promise<number> {
  const program = new Command("gotap")
    .description("See, time and steady every request that go and git make.")
    .version(versionLine(), "-V, --version")
    .enablePositionalOptions()
    .showHelpAfterError("(gotap --help shows the commands)")
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .exitOverride();

  const typed = argv.find((word) => !word.startsWith("-"));
  const wanted = typed === "help" ? argv[argv.indexOf("help") + 1] : typed;
  for (const [name, entry] of Object.entries(COMMANDS)) {
    const command = program
      .command(name)
      .description(entry.summary)
      .exitOverride();
    command.copyInheritedSettings(program);
    if (name === wanted) (await entry.load()).define(command, context);
  }

  try {
    // commander shows the list of commands for it and takes that for success.
    if (typed === "help" && wanted !== undefined && !known(wanted))
      program.error(`error: unknown command '${wanted}'`);
    await program.parseAsync(withLongJson(argv), { from: "user" });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof GotapError)) {
      context.stderr.write(bugText(error));
      return bugExitCode(argv);
    }
    context.stderr.write(`gotap: ${error.message}\n`);
    if (error.hint !== undefined) context.stderr.write(`  ${error.hint}\n`);
    return error.exitCode;
  }
}
