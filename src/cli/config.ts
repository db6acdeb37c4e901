import type { Command } from "commander";

import type { RawTable } from "../config/layer.js";
import { loadSettings } from "../config/load-settings.js";
import { configJsonSchema } from "../config/schema-docs.js";
import { effectiveToml } from "../config/effective-toml.js";
import { visible } from "../policy/visible-text.js";
import type { CliContext } from "./context.js";

interface ConfigOptions {
  effective?: true;
  schema?: true;
  json?: true;
  config?: string;
}

/** `gotap config`: every setting, its value and where it came from. */
export function define(command: Command, context: CliContext): void {
  command
    .option(
      "--effective",
      "as one TOML file that would set the same (passwords left out)",
    )
    .option("--schema", "the JSON Schema of a configuration file")
    .option("--json", "as one object")
    .option("--config <file>", "read this file too")
    .addHelpText(
      "after",
      "\nExamples:\n  $ gotap config\n  $ gotap config --effective > gotap.toml\n  $ GOTAP_TIMEOUTS_DNS=1s gotap config --json\n",
    )
    .action((options: ConfigOptions) => {
      context.stdout.write(text(context, options));
    });
}

function text(context: CliContext, options: ConfigOptions): string {
  if (options.schema) return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
  const loaded = loadSettings({
    env: context.env,
    cwd: context.cwd,
    ...(options.config !== undefined && { configFile: options.config }),
  });
  for (const notice of loaded.notices) context.stderr.write(`${notice}\n`);
  const values = withoutCredentials(loaded.values) as RawTable;
  if (options.effective)
    return options.json ? `${JSON.stringify(values)}\n` : effectiveToml(values);
  const rows = rowsOf(values, loaded.origins);
  return options.json ? `${JSON.stringify({ settings: rows })}\n` : table(rows);
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

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ key, value, origin }) =>
    [key, JSON.stringify(value), origin].map(visible),
  );
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
