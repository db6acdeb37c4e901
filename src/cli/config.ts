import type { Command } from "commander";

import type { RawTable } from "../config/layer.js";
import { type LoadedSettings, loadSettings } from "../config/load-settings.js";
import { configJsonSchema } from "../config/schema-docs.js";
import { effectiveToml } from "../config/effective-toml.js";
import { GotapError } from "../model/failure.js";
import { visible } from "../policy/visible-text.js";
import { type Held, heldFor } from "./config-for.js";
import { defineTrust } from "./config-trust.js";
import type { CliContext } from "./context.js";
import { type HeldSource, reachHere } from "./held-sources.js";

interface ConfigOptions {
  effective?: true;
  for?: string;
  session?: string;
  schema?: true;
  json?: true;
  config?: string;
}

/** `gotap config`: every setting, its value and where it came from. */
export function define(command: Command, context: CliContext): void {
  command
    .enablePositionalOptions()
    .option(
      "--effective",
      "as one TOML file that would set the same (passwords left out)",
    )
    .option(
      "--for <url>",
      "with --effective: what holds for a request to this URL, and who says so",
    )
    .option(
      "--session <command>",
      'with --for: the command that sends it, such as "go mod download"',
    )
    .option("--schema", "the JSON Schema of a configuration file")
    .option("--json", "as one object")
    .option("--config <file>", "read this file too")
    .addHelpText(
      "after",
      "\nExamples:\n  $ gotap config\n  $ gotap config --effective > gotap.toml\n  $ gotap config --effective --for https://goproxy.cn/golang.org/x/text/@v/list\n  $ GOTAP_TIMEOUTS_DNS=1s gotap config --json\n  $ gotap config trust\n",
    )
    .action(async (options: ConfigOptions) => {
      context.stdout.write(await text(context, options));
    });
  defineTrust(
    command
      .command("trust")
      .description("let all of a project's gotap.toml count, as it is now"),
    context,
  );
}

async function text(
  context: CliContext,
  options: ConfigOptions,
): Promise<string> {
  if (options.session !== undefined && options.for === undefined)
    throw new GotapError(
      "USAGE",
      "--session says who sends the request of --for",
      'gotap config --effective --for URL --session "go mod download"',
      2,
    );
  if (options.schema) return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  const loaded = loadSettings({
    env: context.env,
    cwd: context.cwd,
    ...(options.config !== undefined && { configFile: options.config }),
  });
  for (const notice of loaded.notices) context.stderr.write(`${notice}\n`);
  if (options.for !== undefined) {
    const held = await heldFor(
      options.for,
      options.session,
      loaded,
      context,
      reachHere(context),
    );
    for (const notice of held.notices) context.stderr.write(`${notice}\n`);
    return options.json ? `${JSON.stringify(held)}\n` : heldText(held);
  }
  const values = withoutCredentials(loaded.values) as RawTable;
  if (options.effective)
    return options.json ? `${JSON.stringify(values)}\n` : effectiveToml(values);
  const rows = rowsOf(values, loaded.origins);
  const { lookedFor: files } = loaded;
  return options.json
    ? `${JSON.stringify({ files, settings: rows })}\n`
    : filesText(files) + table(rows);
}

function filesText(files: LoadedSettings["lookedFor"]): string {
  return files
    .map(
      ({ file, read }) =>
        `# ${visible(file)}: ${read ? "read" : "not there"}\n`,
    )
    .join("");
}

interface Row {
  key: string;
  value: unknown;
  origin: string;
}

function rowsOf(values: RawTable, origins: Record<string, string>): Row[] {
  return Object.entries(origins).map(([key, origin]) => ({
    key,
    value: valueAt(values, key),
    origin,
  }));
}

/** Only in `[resolve]` a key has more than one dot. */
function valueAt(values: RawTable, key: string): unknown {
  const dot = key.indexOf(".");
  if (dot === -1) return values[key];
  const section = values[key.slice(0, dot)] as RawTable;
  return section[key.slice(dot + 1)];
}

/** A proxy's URL may hold a password. */
function withoutCredentials(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value).replaceAll(/:\/\/[^/"@]+@/g, "://***@"),
  );
}

function heldText(held: Held): string {
  const facts = [
    ["kind", held.kind],
    ["module", held.module],
    ["version", held.version],
    ["session", held.session],
  ].filter((fact) => fact[1] !== null);
  const settings = held.settings.map(({ key, value, rule, origin }) => [
    key,
    String(value),
    rule === null ? origin : `rule ${JSON.stringify(rule)} (${origin})`,
  ]);
  return `${visible(held.url)}\n${columns([...(facts as string[][]), ...held.sources.map(sourceRow), ...settings])}`;
}

function sourceRow({ name, role, url, ways }: HeldSource): string[] {
  const said = ROLES[role];
  const how = ways.length === 0 ? url : `over ${ways.join(", ")}`;
  return ["source", name, `${said}, ${how}`];
}

const ROLES: Record<HeldSource["role"], string> = {
  own: "the host itself",
  chain: "next in GOPROXY",
  mirror: "mirror",
  sumdb: "the checksum database itself",
  offline: "on this machine",
};

function table(rows: readonly Row[]): string {
  return columns(
    rows.map(({ key, value, origin }) => [key, JSON.stringify(value), origin]),
  );
}

function columns(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(visible));
  const width = (column: number) =>
    Math.min(40, Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const widths = [width(0), width(1)];
  return cells
    .map((row) =>
      row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
