import type { Command } from "commander";

import { foldersOf } from "../config/folders.js";
import { controlClient } from "../control/client.js";
import { findDaemons } from "../control/find-daemons.js";
import { chosenBreaker } from "../daemon/breaker-choice.js";
import { GotapError } from "../model/failure.js";
import { visible } from "../policy/visible-text.js";
import { breakerTable, type FoundBreaker } from "./breaker-table.js";
import type { CliContext } from "./context.js";
import {
  type AnsweringDaemon,
  chosenDaemon,
  pidOption,
} from "./running-daemon.js";

interface BreakerOptions {
  json?: true;
  pid?: number;
}

/** `gotap breaker list|open|close|reset`, of every daemon and run. */
export function define(command: Command, context: CliContext): void {
  command.addHelpText(
    "after",
    [
      "",
      "Examples:",
      "  $ gotap breaker",
      "  $ gotap breaker open goproxy.cn modules",
      "  $ gotap breaker close way backup-http",
      "",
    ].join("\n"),
  );
  const verb = (name: string, description: string, isDefault = false) =>
    command
      .command(name, { isDefault })
      .description(description)
      .option("--json", "one object a line")
      .option("--pid <pid>", "of this daemon or run alone", pidOption);
  verb("list", "the state of each (the default)", true)
    .addHelpText("after", "\nExample:\n  $ gotap breaker list --json\n")
    .action(async (options: BreakerOptions) => list(context, options));
  verb("open", "let nothing through until it is closed by hand")
    .argument("<name...>", "its name, or a beginning that no other has")
    .addHelpText("after", "\nExample:\n  $ gotap breaker open way socks\n")
    .action(async (words: string[], options: BreakerOptions) =>
      change(context, "open", words.join(" "), options),
    );
  verb("close", "close it and begin to count anew")
    .argument("<name...>", "its name, or a beginning that no other has")
    .addHelpText(
      "after",
      "\nExample:\n  $ gotap breaker close goproxy.cn modules\n",
    )
    .action(async (words: string[], options: BreakerOptions) =>
      change(context, "close", words.join(" "), options),
    );
  verb("reset", "close all, those opened by hand too")
    .addHelpText("after", "\nExample:\n  $ gotap breaker reset\n")
    .action(async (options: BreakerOptions) => reset(context, options));
}

async function list(
  context: CliContext,
  options: BreakerOptions,
): Promise<void> {
  const daemons = await askedDaemons(context, options.pid);
  show(context, options, await everyBreaker(daemons), daemons.length > 1);
}

async function change(
  context: CliContext,
  action: "open" | "close",
  typed: string,
  options: BreakerOptions,
): Promise<void> {
  const found = await everyBreaker(await askedDaemons(context, options.pid));
  const names = [...new Set(found.map(({ breaker }) => breaker.name))];
  const name = chosenBreaker(typed, names);
  const having = found.filter(({ breaker }) => breaker.name === name);
  const [one, second] = having;
  if (one === undefined) throw new Error(`no gotap has ${name}`);
  if (second !== undefined)
    throw new GotapError(
      "SEVERAL_DAEMONS",
      `several gotaps have a breaker ${JSON.stringify(visible(name))}:\n${having.map(({ daemon }) => `  --pid ${daemon.pid}  ${daemon.status.kind} on ${daemon.status.listen.join(" ")}`).join("\n")}`,
      "name one with --pid",
    );
  const { daemon } = one;
  const client = controlClient(daemon.socketFile);
  const breaker = await (action === "open"
    ? client.openBreaker(name)
    : client.closeBreaker(name));
  context.stdout.write(
    options.json === true
      ? jsonLine({ daemon, breaker })
      : action === "open"
        ? `${visible(name)} is open: nothing goes there until gotap breaker close ${visible(name)}\n`
        : `${visible(name)} is closed\n`,
  );
}

async function reset(
  context: CliContext,
  options: BreakerOptions,
): Promise<void> {
  const daemons = await askedDaemons(context, options.pid);
  const closed = await Promise.all(
    daemons.map(async (daemon) => {
      const all = await controlClient(daemon.socketFile).resetBreakers();
      return all.map((breaker) => ({ daemon, breaker }));
    }),
  );
  show(context, options, closed.flat(), daemons.length > 1);
}

/** Those that answer; with `--pid` that one. @throws GotapError NO_DAEMON, DAEMON_SILENT */
async function askedDaemons(
  context: CliContext,
  pid: number | undefined,
): Promise<AnsweringDaemon[]> {
  const found = await findDaemons(foldersOf(context.env).runtime);
  if (pid !== undefined) return [chosenDaemon(found, pid)];
  const answering = found.filter(
    (info): info is AnsweringDaemon => info.status !== undefined,
  );
  return answering.length > 0 ? answering : [chosenDaemon(found, undefined)];
}

async function everyBreaker(
  daemons: readonly AnsweringDaemon[],
): Promise<FoundBreaker[]> {
  const all = await Promise.all(
    daemons.map(async (daemon) => {
      const breakers = await controlClient(daemon.socketFile).breakers();
      return breakers.map((breaker) => ({ daemon, breaker }));
    }),
  );
  return all.flat();
}

function show(
  { stdout, stderr, env }: CliContext,
  { json }: BreakerOptions,
  found: readonly FoundBreaker[],
  isSeveral: boolean,
): void {
  if (json === true) stdout.write(found.map(jsonLine).join(""));
  else if (found.length === 0)
    stderr.write("no upstream has a breaker yet: its first request makes it\n");
  else stdout.write(breakerTable(found, isSeveral, stdout, env));
}

function jsonLine({ daemon, breaker }: FoundBreaker): string {
  return `${JSON.stringify({ daemon: daemon.pid, ...breaker })}\n`;
}
