import { setTimeout as delay } from "node:timers/promises";

import type { Command } from "commander";

import { durationMs } from "../config/duration.js";
import { foldersOf } from "../config/folders.js";
import { controlClient } from "../control/client.js";
import { findDaemons, isAlive } from "../control/find-daemons.js";
import { GotapError } from "../model/failure.js";
import type { CliContext } from "./context.js";
import { chosenDaemon, pidOption } from "./running-daemon.js";

interface StopOptions {
  timeout: number;
  pid?: number;
  json?: true;
}

/** What ending may take beyond the time to drain: the last spans are written. */
const ENDING_MS = 5000;

/** `gotap stop`: returns when the daemon is gone. */
export function define(command: Command, context: CliContext): void {
  command
    .option(
      "--timeout <duration>",
      "let open requests end for so long",
      timeoutOption,
      10_000,
    )
    .option("--pid <pid>", "of several daemons, this one", pidOption)
    .option("--json", "as one object")
    .addHelpText("after", "\nExample:\n  $ gotap stop --timeout 30s\n")
    .action(async (options: StopOptions) => stop(context, options));
}

function timeoutOption(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined) return ms;
  throw new GotapError(
    "TIMEOUT",
    `--timeout takes a duration, not ${JSON.stringify(text)}`,
    "for example --timeout 10s, or 0 to stop at once",
    2,
  );
}

async function stop(context: CliContext, options: StopOptions): Promise<void> {
  const found = await findDaemons(foldersOf(context.env).runtime);
  const { pid, status, socketFile } = chosenDaemon(found, options.pid);
  const startedAtMs = performance.now();
  await controlClient(socketFile).stop(options.timeout);
  await untilGone(pid, options.timeout + ENDING_MS);
  const tookMs = Math.round(performance.now() - startedAtMs);
  context.stdout.write(
    options.json
      ? `${JSON.stringify({ stopped: true, pid, listen: status.listen, took_ms: tookMs })}\n`
      : `stopped the daemon on ${status.listen.join(", ")} (pid ${pid})\n`,
  );
}

async function untilGone(pid: number, limitMs: number): Promise<void> {
  const lastAtMs = performance.now() + limitMs;
  while (isAlive(pid)) {
    if (performance.now() > lastAtMs)
      throw new GotapError(
        "STILL_RUNNING",
        `the daemon (pid ${pid}) did not end within ${limitMs / 1000} s`,
        `kill ${pid}`,
      );
    await delay(20);
  }
}
