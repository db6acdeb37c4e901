import type { Command } from "commander";

import type { CliContext } from "./context.js";
import type { DaemonOptions } from "./daemon-action.js";

/** `gotap daemon`. */
export function define(command: Command, context: CliContext): void {
  command
    .option(
      "--listen <address>",
      "host:port to listen on (default 127.0.0.1:9090)",
    )
    .option("--config <file>", "a configuration file")
    .option("--intercept <mode>", "what is opened: go, all or none")
    .option("--detach", "go behind, and write to a log file")
    .option(
      "--allow-remote",
      "listen on an address that other machines reach; they need the token it prints",
    )
    .addHelpText("after", HELP)
    .action(async (options: DaemonOptions) => {
      if (options.detach === true) {
        const { detachDaemon } = await import("./daemon-detach.js");
        await detachDaemon(options, context);
        return;
      }
      const { runDaemon } = await import("./daemon-action.js");
      await runDaemon(options, context);
    });
}

const HELP = `
Ctrl-C or SIGTERM lets open requests end for 10 seconds; a second one stops at once.

Examples:
  $ gotap daemon
  $ gotap daemon --listen 127.0.0.1:0 --detach
  $ eval "$(gotap env)" && go mod download      # in another terminal
`;
