import { spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { foldersOf } from "../config/folders.js";
import { GotapError } from "../model/failure.js";
import type { CliContext } from "./context.js";
import type { DaemonOptions } from "./daemon-action.js";

const READY_WITHIN_MS = 15_000;
const READY = /^gotap: ready .*$/m;
/** Keeps the daemon some 20 MB smaller and costs no throughput (FACTS L23). */
const NODE_FLAGS = ["--max-semi-space-size=2"];

/**
 * Starts the daemon as a process of its own session and returns when it is ready.
 * @throws GotapError DAEMON_DIED with the end of its log
 */
export async function detachDaemon(
  options: DaemonOptions,
  context: CliContext,
): Promise<void> {
  const { logFile } = foldersOf(context.env);
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, "a", 0o600);
  const from = statSync(logFile).size;
  const main = fileURLToPath(new URL("../main.cjs", import.meta.url));
  const child = spawn(
    process.execPath,
    [...NODE_FLAGS, main, "daemon", ...flags(options)],
    {
      cwd: context.cwd,
      env: context.env,
      detached: true,
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", () => {
    ended = true;
  });
  const lastAtMs = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const said = readFileSync(logFile).subarray(from).toString("utf8");
    const [ready] = READY.exec(said) ?? [];
    if (ready !== undefined) {
      child.unref();
      context.stdout.write(`${ready} · log ${logFile}\n`);
      return;
    }
    if (ended || performance.now() > lastAtMs) {
      child.kill();
      throw new GotapError(
        "DAEMON_DIED",
        `the daemon did not start:\n${said.trim().split("\n").slice(-5).join("\n")}`,
        `its log: ${logFile}`,
      );
    }
    await delay(20);
  }
}

function flags({
  listen,
  config,
  intercept,
  allowRemote,
}: DaemonOptions): string[] {
  return [
    ...(listen === undefined ? [] : ["--listen", listen]),
    ...(config === undefined ? [] : ["--config", config]),
    ...(intercept === undefined ? [] : ["--intercept", intercept]),
    ...(allowRemote === true ? ["--allow-remote"] : []),
  ];
}
