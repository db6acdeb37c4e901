import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";

import type { Command } from "commander";

import {
  loadAuthority,
  ownCertificates,
  readAuthority,
  rotateAuthority,
} from "../../certs/authority.js";
import {
  commandLine,
  installCommands,
  type StoreCommand,
  systemStore,
  uninstallCommands,
} from "../../certs/system-store.js";
import { isInSystemStore } from "../../certs/system-trust.js";
import { refreshBundles } from "../../certs/trust-bundle.js";
import { foldersOf } from "../config/folders.js";
import { GotapError } from "../model/failure.js";
import type { CliContext } from "./context.js";

/** `gotap ca path|status|install|uninstall|export|rotate`. */
export function define(command: Command, context: CliContext): void {
  command.addHelpText(
    "after",
    example("gotap ca status") + "  $ gotap ca install\n",
  );
  command
    .command("path")
    .description(
      "print the CA certificate's file; makes the CA where there is none",
    )
    .option("--json", "as one object")
    .addHelpText("after", example('curl --cacert "$(gotap ca path)" …'))
    .action(async (options: { json?: true }) => path(context, options));
  command
    .command("status")
    .description("the CA, how long it lasts, and whether this system trusts it")
    .option("--json", "as one object")
    .addHelpText("after", example("gotap ca status --json"))
    .action(async (options: { json?: true }) => status(context, options));
  command
    .command("install")
    .description("add the CA to the system's certificate store")
    .option("--dry-run", "only print the commands")
    .addHelpText("after", example("gotap ca install --dry-run"))
    .action(async (options: { dryRun?: true }) => install(context, options));
  command
    .command("uninstall")
    .description(
      "take every CA of gotap's, rotated ones too, out of the system's store",
    )
    .option("--dry-run", "only print the commands")
    .addHelpText("after", example("gotap ca uninstall"))
    .action(async (options: { dryRun?: true }) => uninstall(context, options));
  command
    .command("export")
    .description("print the CA certificate, never its key")
    .option("-o, --output <file>", "write it there")
    .option("--der", "in DER instead of PEM")
    .addHelpText("after", example("gotap ca export -o gotap-ca.crt"))
    .action(async (options: ExportOptions) => exportTo(context, options));
  command
    .command("rotate")
    .description("make a new CA and keep the old one aside")
    .addHelpText("after", example("gotap ca rotate && gotap ca install"))
    .action(async () => rotate(context));
}

function example(line: string): string {
  return `\nExample:\n  $ ${line}\n`;
}

function caDir(context: CliContext): string {
  return foldersOf(context.env).caDir;
}

async function path(
  context: CliContext,
  options: { json?: true },
): Promise<void> {
  const { certFile } = await loadAuthority(caDir(context));
  context.stdout.write(
    options.json ? `${JSON.stringify({ file: certFile })}\n` : `${certFile}\n`,
  );
}

async function status(
  context: CliContext,
  options: { json?: true },
): Promise<void> {
  const dir = caDir(context);
  const authority = await readAuthority(dir);
  const own = await ownCertificates(dir);
  const trusted = authority !== undefined && (await isInSystemStore(authority));
  const expired = authority !== undefined && authority.notAfter < new Date();
  if (expired) context.exitCode = 1;
  const retired = own.filter(({ state }) => state === "retired");
  if (options.json) {
    const shown = {
      file: authority?.certFile ?? null,
      name: authority?.name ?? null,
      fingerprint_sha256: authority?.fingerprint256 ?? null,
      not_before: authority?.notBefore.toISOString() ?? null,
      not_after: authority?.notAfter.toISOString() ?? null,
      expired,
      in_system_store: trusted,
      retired: retired.map((each) => ({
        file: each.certFile,
        name: each.name,
        fingerprint_sha256: each.fingerprint256,
      })),
    };
    context.stdout.write(`${JSON.stringify(shown)}\n`);
    return;
  }
  if (authority === undefined) {
    context.stdout.write(`no CA in ${dir} yet: it is made on first use\n`);
    return;
  }
  const until = authority.notAfter.toISOString().slice(0, 10);
  const lines = [
    authority.name,
    `file           ${authority.certFile}`,
    `sha-256        ${authority.fingerprint256}`,
    `valid until    ${until}${expired ? " (over: gotap ca rotate)" : ""}`,
    `system store   ${trusted ? "trusts it" : "does not hold it; gotap run and gotap env need no more (else: gotap ca install)"}`,
    ...retired.map(
      ({ name, certFile }) => `kept aside     ${name}  ${certFile}`,
    ),
  ];
  context.stdout.write(`${lines.join("\n")}\n`);
}

async function install(
  context: CliContext,
  options: { dryRun?: true },
): Promise<void> {
  const dir = caDir(context);
  await loadAuthority(dir);
  const current = (await ownCertificates(dir)).find(
    ({ state }) => state === "current",
  );
  if (current === undefined)
    throw new GotapError("CA_UNREADABLE", `no CA in ${dir}`, "gotap ca rotate");
  const store = systemStore(process.platform);
  await runAll(
    context,
    installCommands(store, current, process.getuid?.()),
    options,
  );
  if (options.dryRun) return;
  context.stderr.write(`${current.name} is in the system's store\n`);
}

async function uninstall(
  context: CliContext,
  options: { dryRun?: true },
): Promise<void> {
  const own = await ownCertificates(caDir(context));
  if (own.length === 0) {
    context.stderr.write("there is no CA that could be in the store\n");
    return;
  }
  const store = systemStore(process.platform);
  await runAll(
    context,
    uninstallCommands(store, own, process.getuid?.()),
    options,
  );
}

interface ExportOptions {
  output?: string;
  der?: true;
}

async function exportTo(
  context: CliContext,
  options: ExportOptions,
): Promise<void> {
  const { certPem, certDer } = await loadAuthority(caDir(context));
  const bytes = options.der ? certDer : certPem;
  if (options.output === undefined) {
    context.stdout.write(bytes);
    return;
  }
  const file = resolve(context.cwd, options.output);
  try {
    await writeFile(file, bytes);
  } catch (error) {
    throw new GotapError(
      "OUTPUT_NOT_WRITABLE",
      `cannot write ${file}: ${(error as Error).message}`,
      "name another file: gotap ca export -o FILE",
      1,
      { cause: error },
    );
  }
}

async function rotate(context: CliContext): Promise<void> {
  const { caDir: dir, bundlesDir } = foldersOf(context.env);
  const before = await ownCertificates(dir);
  const { authority, retiredTo } = await rotateAuthority(dir);
  await refreshBundles(authority, bundlesDir);
  context.stdout.write(`${authority.certFile}\n`);
  if (retiredTo !== undefined)
    context.stderr.write(`the old pair is kept in ${retiredTo}\n`);
  context.stderr.write(
    "a running daemon takes the new CA when it starts again\n",
  );
  const stillTrusted = await Promise.all(
    before.map((each) => isInSystemStore(each)),
  );
  if (stillTrusted.includes(true))
    context.stderr.write(
      "the system's store still trusts the old one: gotap ca uninstall && gotap ca install\n",
    );
}

/** Prints each command before it runs. @throws GotapError CA_STORE_COMMAND_FAILED */
async function runAll(
  context: CliContext,
  commands: readonly StoreCommand[],
  options: { dryRun?: true },
): Promise<void> {
  for (const command of commands) {
    const line = commandLine(command);
    if (options.dryRun) {
      context.stdout.write(`${line}\n`);
      continue;
    }
    context.stderr.write(`$ ${line}\n`);
    const failed = await run(context, command.argv);
    if (failed === undefined || command.optional) continue;
    throw new GotapError(
      "CA_STORE_COMMAND_FAILED",
      `\`${line}\` failed: ${failed}`,
      "run it by hand to see more; gotap run and gotap env work without the system's store",
    );
  }
}

/** @returns why it failed; undefined when it did not */
async function run(
  context: CliContext,
  [file = "", ...args]: string[],
): Promise<string | undefined> {
  return new Promise((done) => {
    // sudo asks on the terminal itself; what the tools print is talk.
    const child = spawn(file, args, {
      env: context.env,
      stdio: ["inherit", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => context.stderr.write(chunk));
    child.on("error", (error) => done(error.message));
    child.on("close", (code, signal) =>
      done(code === 0 ? undefined : `exit ${code ?? signal}`),
    );
  });
}
