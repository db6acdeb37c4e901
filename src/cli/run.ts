import type { Command } from "commander";

import type { CliContext } from "./context.js";
import type { RunOptions } from "./prepared-run.js";

/** `gotap run -- CMD …`. */
export function define(command: Command, context: CliContext): void {
  command
    .argument("<command...>", "the command and its arguments")
    .passThroughOptions()
    .option(
      "--cold",
      "with an empty module cache of its own, removed afterwards",
    )
    .option(
      "--attach",
      "through the running daemon instead of a proxy of its own",
    )
    .option(
      "--no-intercept",
      "open nothing: tunnels only, with their times and bytes",
    )
    .option("-q, --quiet", "no summary, no progress, no notes")
    .option("-o, --output <file>", "write the summary as JSON")
    .option(
      "--keep-no-proxy",
      "leave NO_PROXY as it is: what it names is not seen",
    )
    .option("--config <file>", "a configuration file")
    .addHelpText("after", HELP)
    .action(async (words: string[], options: RunOptions) => {
      const { runAction } = await import("./run-action.js");
      context.exitCode = await runAction(words, options, context);
    });
}

const HELP = `
The exit code is the command's own; 128+n when a signal ended it, 127 when it was not found, 126 when it
could not be executed, 125 when gotap itself failed, 2 for wrong usage.

Examples:
  $ gotap run -- go mod download
  $ gotap run --cold -- go build ./...
  $ gotap run -o summary.json -- make
`;
