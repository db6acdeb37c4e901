import type { Command } from "commander";

import { foldersOf } from "../config/folders.js";
import { type DaemonInfo, findDaemons } from "../control/find-daemons.js";
import type { DaemonStatus } from "../control/protocol.js";
import { visible } from "../policy/visible-text.js";
import type { CliContext } from "./context.js";
import { chosenDaemon, pidOption } from "./running-daemon.js";

interface StatusOptions {
  json?: true;
  pid?: number;
}

/** `gotap status`: every daemon and run; exit 1 where there is none. */
export function define(command: Command, context: CliContext): void {
  command
    .option("--json", "one object a line")
    .option("--pid <pid>", "this one alone", pidOption)
    .addHelpText("after", "\nExample:\n  $ gotap status --json\n")
    .action(async (options: StatusOptions) => show(context, options));
}

async function show(
  context: CliContext,
  { json, pid }: StatusOptions,
): Promise<void> {
  const all = await findDaemons(foldersOf(context.env).runtime);
  const found =
    pid === undefined ? all : all.filter((info) => info.pid === pid);
  if (found.length === 0) chosenDaemon([], pid); // Says that there is none.
  if (!found.some((info) => info.status !== undefined)) context.exitCode = 1;
  const text = json
    ? found.map((info) => `${JSON.stringify(statusJson(info))}\n`).join("")
    : found.map((info) => statusText(info, new Date())).join("\n");
  context.stdout.write(text);
}

function statusJson({ pid, status }: DaemonInfo): object {
  if (status === undefined) return { pid, answers: false };
  return {
    pid,
    answers: true,
    kind: status.kind,
    version: status.version,
    listen: status.listen,
    started_at: status.startedAt,
    ca_file: status.caFile,
    store_file: status.storeFile ?? null,
    store_state: status.storeState,
    upstream_proxy: status.upstreamProxy ?? null,
    open_requests: status.openRequests,
    open_tunnels: status.openTunnels,
    sessions: status.sessions.map((session) => ({
      session_id: session.sessionId,
      command: session.command,
      pid: session.pid ?? null,
      open: session.open,
    })),
  };
}

function statusText({ pid, status }: DaemonInfo, now: Date): string {
  if (status === undefined)
    return `gotap (pid ${pid}) is there and does not answer; if it hangs: kill ${pid}\n`;
  const store = status.storeFile ?? "in memory";
  const rows: [string, string][] = [
    ["listens on", status.listen.join(", ")],
    ["since", `${status.startedAt} (${age(status, now)})`],
    ["CA", status.caFile],
    [
      "history",
      status.storeState === "ok" ? store : `${store} (${status.storeState})`,
    ],
    ["upstream proxy", status.upstreamProxy ?? "none"],
    [
      "open",
      `${count(status.openRequests, "request")}, ${count(status.openTunnels, "tunnel")}`,
    ],
    ...status.sessions.map((session): [string, string] => [
      "session",
      `${session.sessionId}  ${session.command}  ${count(session.open, "open request")}`,
    ]),
  ];
  const lines = rows.map(
    ([name, value]) => `  ${name.padEnd(16)}${visible(value)}\n`,
  );
  return `gotap ${status.kind} ${visible(status.version)} (pid ${pid})\n${lines.join("")}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

function age({ startedAt }: DaemonStatus, now: Date): string {
  const seconds = Math.max(
    0,
    Math.round((now.getTime() - Date.parse(startedAt)) / 1000),
  );
  const units: [number, string][] = [
    [86_400, "d"],
    [3600, "h"],
    [60, "m"],
  ];
  const [size, unit] = units.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)}${unit}`;
}
