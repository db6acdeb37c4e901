import { Option, type Command } from "commander";

import { foldersOf } from "../config/folders.js";
import { controlClient } from "../control/client.js";
import { findDaemons } from "../control/find-daemons.js";
import { bundlesBefore } from "./bundles-before.js";
import type { CliContext } from "./context.js";
import {
  ENVIRONMENT_FORMATS,
  type EnvironmentFormat,
  formatEnvironment,
  remembersPrevious,
} from "./environment-formats.js";
import { proxyEnvironment } from "./environment.js";
import { gitHttpSettings } from "./git-http-settings.js";
import { reachable } from "./listen-address.js";
import { chosenDaemon, pidOption } from "./running-daemon.js";
import {
  originalEnvironment,
  restoringChange,
  savingChange,
} from "./saved-environment.js";

interface EnvOptions {
  format: EnvironmentFormat;
  unset?: true;
  pid?: number;
}

/** `gotap env`: what to paste or `eval` so that go, git and the rest go through the running daemon. */
export function define(command: Command, context: CliContext): void {
  command
    .addOption(
      new Option("--format <format>", "who reads it")
        .choices(ENVIRONMENT_FORMATS)
        .default(process.platform === "win32" ? "powershell" : "sh"),
    )
    .option("--unset", "give back what was set before")
    .option("--pid <pid>", "of several daemons, this one", pidOption)
    .addHelpText("after", HELP)
    .action(async (options: EnvOptions) => {
      const text = options.unset
        ? unsetText(context, options)
        : await setText(context, options);
      context.stdout.write(text);
    });
}

const HELP = `
Examples:
  $ eval "$(gotap env)"                                     # sh, bash, zsh
  $ eval "$(gotap env --unset)"                             # as it was before
  $ gotap env --format fish | source
  > gotap env --format powershell | Out-String | Invoke-Expression
  > gotap env --format cmd > env.cmd && call env.cmd
  $ gotap env --format github >> "$GITHUB_ENV"
  $ gotap env --format docker > gotap.list
    docker run --network host --env-file gotap.list -v BUNDLES:BUNDLES:ro IMAGE
                                                            # BUNDLES: the folder of SSL_CERT_FILE in that list
  $ gotap env --format liteide >> LITEENV.env               # the file of LiteIDE's "Edit Environment"
`;

/** Whatever fails, fails before a byte is on stdout: it may be evaluated. */
async function setText(
  context: CliContext,
  { format, pid }: EnvOptions,
): Promise<string> {
  const original = originalEnvironment(context.env);
  const [found, git] = await Promise.all([
    findDaemons(foldersOf(context.env).runtime),
    gitHttpSettings(original, context.cwd),
  ]);
  const daemon = chosenDaemon(found, pid);
  const bundles = await controlClient(daemon.socketFile).bundles(
    bundlesBefore(original, context.cwd, git.sslCaInfo),
  );
  const variables = proxyEnvironment({
    base: original,
    proxy: reachable(daemon.status.listen[0] ?? ""),
    bundles,
  });
  const change = remembersPrevious(format)
    ? savingChange(context.env, variables)
    : variables;
  return formatEnvironment(change, format);
}

function unsetText(context: CliContext, { format }: EnvOptions): string {
  const change = restoringChange(context.env);
  if (Object.keys(change).length === 0)
    context.stderr.write("gotap env has set nothing here\n");
  return formatEnvironment(change, format);
}
