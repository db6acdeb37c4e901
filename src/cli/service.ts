import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import type { Command } from "commander";

import { foldersOf } from "../config/folders.js";
import { GotapError } from "../model/failure.js";
import type { CliContext } from "./context.js";
import { type ServiceUnit, serviceUnit } from "./service-unit.js";

interface ServiceOptions {
  dryRun?: true;
}

/** `gotap service install|uninstall`: a daemon that is there after a reboot, for IDEs that hold its address in their settings. */
export function define(command: Command, context: CliContext): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  $ gotap service install\n  $ gotap service uninstall\n",
  );
  command
    .command("install")
    .description("start the daemon now and at every login")
    .option("--dry-run", "print the file and the commands, do nothing")
    .addHelpText("after", "\nExample:\n  $ gotap service install --dry-run\n")
    .action(async (options: ServiceOptions) => install(context, options));
  command
    .command("uninstall")
    .description("stop it and start it no more")
    .option("--dry-run", "print the commands, do nothing")
    .addHelpText("after", "\nExample:\n  $ gotap service uninstall\n")
    .action(async (options: ServiceOptions) => uninstall(context, options));
}

async function install(
  context: CliContext,
  { dryRun }: ServiceOptions,
): Promise<void> {
  const unit = unitFor(context);
  if (dryRun) {
    context.stdout.write(
      `${unit.file}:\n${unit.text}\n${unit.install.map(shown).join("")}`,
    );
    return;
  }
  write(unit);
  context.stdout.write(`wrote ${unit.file}\n`);
  for (const command of unit.install) await run(context, command);
  context.stderr.write("the daemon runs; gotap status shows it\n");
  if (context.env["HTTPS_PROXY"] ?? context.env["https_proxy"])
    context.stderr.write(
      "it does not see the HTTPS_PROXY of this shell: to go out through that proxy, give it to the service too\n",
    );
}

async function uninstall(
  context: CliContext,
  { dryRun }: ServiceOptions,
): Promise<void> {
  const unit = unitFor(context);
  if (dryRun) {
    context.stdout.write(
      `${unit.uninstall.map(shown).join("")}rm ${unit.file}\n${unit.afterwards.map(shown).join("")}`,
    );
    return;
  }
  if (!existsSync(unit.file)) {
    context.stderr.write(`there is no service: ${unit.file} is not there\n`);
    return;
  }
  for (const command of unit.uninstall)
    await run(context, command).catch((error: GotapError) =>
      context.stderr.write(`${error.message}\n`),
    );
  rmSync(unit.file);
  context.stdout.write(`removed ${unit.file}\n`);
  for (const command of unit.afterwards) await run(context, command);
}

function unitFor(context: CliContext): ServiceUnit {
  return serviceUnit({
    platform: process.platform,
    env: context.env,
    home: context.env["HOME"] ?? homedir(),
    uid: process.getuid?.() ?? 0,
    argv: [process.execPath, mainFile(), "daemon"],
    logFile: foldersOf(context.env).logFile,
  });
}

/** The program that is running; where the sources run themselves (tests), the one that was built from them. */
function mainFile(): string {
  const [running = "", built = ""] = [
    "../main.cjs",
    "../../dist/src/main.cjs",
  ].map((name) => fileURLToPath(new URL(name, import.meta.url)));
  return existsSync(running) ? running : built;
}

function write(unit: ServiceUnit): void {
  try {
    mkdirSync(dirname(unit.file), { recursive: true });
    writeFileSync(unit.file, unit.text);
  } catch (error) {
    throw new GotapError(
      "SERVICE_FILE",
      `cannot write ${unit.file}: ${(error as Error).message}`,
      "gotap service install --dry-run prints it",
      1,
      { cause: error },
    );
  }
}

function shown(command: readonly string[]): string {
  return `$ ${command.join(" ")}\n`;
}

/** Prints the command, then runs it. @throws GotapError SERVICE_COMMAND */
function run(context: CliContext, command: readonly string[]): Promise<void> {
  const [program = "", ...args] = command;
  context.stdout.write(shown(command));
  return new Promise((resolve, reject) => {
    const fail = (why: string) =>
      reject(
        new GotapError(
          "SERVICE_COMMAND",
          `\`${command.join(" ")}\` failed: ${why}`,
          "run it by hand to see more; without a service: gotap daemon --detach",
        ),
      );
    const child = spawn(program, args, {
      env: context.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    child.on("error", (error) => fail(error.message));
    child.on("close", (code, signal) =>
      code === 0 ? resolve() : fail(said.trim() || `exit ${code ?? signal}`),
    );
  });
}
