import { type Command, InvalidArgumentError } from "commander";

import { durationMs } from "../config/duration.js";
import { foldersOf } from "../config/folders.js";
import { loadSettings } from "../config/load-settings.js";
import type { CliContext } from "./context.js";

interface PruneOptions {
  json?: true;
  /** Milliseconds. */
  olderThan?: number;
}

/** `gotap prune`: removes stored traces, never an open one, and gives their room back. */
export function define(command: Command, context: CliContext): void {
  command
    .option(
      "--older-than <age>",
      "traces whose last request is older: 14d, 12h, 0 for all (default: [store] max_age and max_size)",
      parseAge,
    )
    .option("--json", "as one object")
    .addHelpText("after", "\nExample:\n  $ gotap prune --older-than 2d\n")
    .action((options: PruneOptions) => prune(context, options));
}

async function prune(
  context: CliContext,
  options: PruneOptions,
): Promise<void> {
  const { env, cwd, stdout } = context;
  const [{ pruneStore }, { bytesText, countText }] = await Promise.all([
    import("../store/prune-store.js"),
    import("../report/units.js"),
  ]);
  const retention =
    options.olderThan === undefined
      ? loadSettings({ env, cwd }).settings.store
      : // In the store's own retention 0 keeps all; typed here it means now.
        { maxAgeMs: Math.max(1, options.olderThan), maxBytes: 0 };
  const removed = pruneStore(foldersOf(env).storeFile, retention, Date.now());
  const { traces, exchanges, bytesFreed } = removed;
  stdout.write(
    options.json === true
      ? `${JSON.stringify({ traces, requests: exchanges, bytes_freed: bytesFreed })}\n`
      : `removed ${countText(traces, "trace")} (${countText(exchanges, "request")}), ${bytesText(bytesFreed)} freed\n`,
  );
}

function parseAge(value: string): number {
  const ms = durationMs(value);
  if (ms !== undefined) return ms;
  throw new InvalidArgumentError("It takes an age like 14d, 12h or 30m.");
}
