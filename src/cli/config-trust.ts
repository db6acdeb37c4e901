import { resolve } from "node:path";

import type { Command } from "commander";

import { foldersOf } from "../config/folders.js";
import {
  changedSince,
  distrustProjectFile,
  trustedFiles,
  trustProjectFile,
} from "../config/project-trust.js";
import { GotapError } from "../model/failure.js";
import { visible } from "../policy/visible-text.js";
import type { CliContext } from "./context.js";

interface TrustOptions {
  list?: true;
  remove?: true;
  json?: true;
}

/** `gotap config trust`: a project's own file counts in full, until its bytes change. */
export function defineTrust(command: Command, context: CliContext): void {
  command
    .argument("[file]", "a project's gotap.toml", "gotap.toml")
    .option("--list", "what is trusted")
    .option("--remove", "trust it no longer")
    .option("--json", "as one object")
    .addHelpText("after", HELP)
    .action((file: string, options: TrustOptions) => {
      context.stdout.write(answer(context, file, options));
    });
}

const HELP = `
A project's gotap.toml sets timeouts and retries only, as it may come with a cloned repository. Trusted, all of it counts, as long
as its bytes and those of the root certificates that it names stay the same.

Examples:
  $ gotap config trust
  $ gotap config trust --list
  $ gotap config trust --remove ~/project/gotap.toml
`;

function answer(
  context: CliContext,
  typed: string,
  options: TrustOptions,
): string {
  if (options.list === true && options.remove === true)
    throw new GotapError(
      "USAGE",
      "--list and --remove are two commands",
      "gotap config trust --list",
      2,
    );
  const { trustFile } = foldersOf(context.env);
  if (options.list === true) return listed(trustFile, options);
  const file = resolve(context.cwd, typed);
  return options.remove === true
    ? removed(trustFile, file, options)
    : trusted(trustFile, file, options);
}

function listed(trustFile: string, { json }: TrustOptions): string {
  const files = trustedFiles(trustFile).map((entry) => ({
    ...entry,
    /** The file that no longer is what it was: this one, or a root that it names. */
    changed: changedSince(entry) ?? null,
  }));
  if (json) return `${JSON.stringify({ trusted: files })}\n`;
  return files
    .map(
      ({ changed, file, sha256, trusted_at }) =>
        `${visible(file)}  ${sha256.slice(0, 12)}  since ${trusted_at}${changedText(file, changed)}\n`,
    )
    .join("");
}

function changedText(file: string, changed: string | null): string {
  if (changed === null) return "";
  return changed === file
    ? "  changed, does not count"
    : `  does not count: ${visible(changed)} changed`;
}

function trusted(
  trustFile: string,
  file: string,
  { json }: TrustOptions,
): string {
  const { entry, layer } = trustProjectFile(trustFile, file, new Date());
  const keys = Object.keys(layer.values);
  if (json) return `${JSON.stringify({ ...entry, keys })}\n`;
  const what = keys.length === 0 ? "nothing yet" : keys.join(", ");
  return `trusted as it is now: ${visible(entry.file)} (SHA-256 ${entry.sha256}); it sets ${what}\n`;
}

function removed(
  trustFile: string,
  file: string,
  { json }: TrustOptions,
): string {
  if (!distrustProjectFile(trustFile, file))
    throw new GotapError(
      "TRUST_FILE",
      `${file} was not trusted`,
      "gotap config trust --list",
    );
  return json
    ? `${JSON.stringify({ removed: file })}\n`
    : `no longer trusted: ${visible(file)}\n`;
}
