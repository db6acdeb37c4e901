import { type Command, InvalidArgumentError } from "commander";

import { foldersOf } from "../config/folders.js";
import type { TraceRecords } from "../model/trace.js";
import type { CliContext } from "./context.js";

interface ShowOptions {
  json?: true;
  phases?: true;
  width?: number;
}

/** Where the output is no terminal and COLUMNS is not set: a waterfall needs a width, and this one holds most module paths. */
const PIPED_COLUMNS = 120;
/** Below it there is no room for a label, a time and a bar. */
const MIN_COLUMNS = 40;

/** `gotap show [TRACE]`: one stored trace as a tree with a waterfall, or as SPEC §3's JSON object. */
export function define(command: Command, context: CliContext): void {
  command
    .argument(
      "[trace]",
      "a run, session or trace id, a unique prefix of one, or last",
      "last",
    )
    .option("--json", "one object, nanoseconds as strings (docs/spans.md)")
    .option("--phases", "open every request: attempts and phases")
    .option(
      "--width <columns>",
      "how wide a line may be (default: the terminal's)",
      parseWidth,
    )
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  gotap show                     the newest run or session",
        "  gotap show 1f2e --phases       the one whose id begins with 1f2e, every phase a line",
        "  gotap show --json | jq '.spans[] | select(.status.code == \"ERROR\")'",
      ].join("\n"),
    )
    .action((typed: string, options: ShowOptions) =>
      show(typed, options, context),
    );
}

async function show(
  typed: string,
  options: ShowOptions,
  context: CliContext,
): Promise<void> {
  const trace = await readTrace(typed, context);
  const nowUnixMs = Date.now();
  if (options.json === true) {
    const { traceJson } = await import("../span/trace-json.js");
    context.stdout.write(`${JSON.stringify(traceJson(trace, nowUnixMs))}\n`);
    return;
  }
  const [{ spansOf }, { treeText }, { columnsOf, wantsColor, wantsUnicode }] =
    await Promise.all([
      import("../span/trace.js"),
      import("../report/tree-text.js"),
      import("../report/style.js"),
    ]);
  const { stdout, env } = context;
  const isTerminal = stdout.isTTY;
  const known = columnsOf(env, stdout);
  const usual = Number.isFinite(known) ? known : PIPED_COLUMNS;
  const text = treeText(spansOf(trace), {
    columns: options.width ?? Math.max(usual, MIN_COLUMNS),
    color: wantsColor(env, isTerminal),
    unicode: wantsUnicode(env),
    phases: options.phases === true,
    nowUnixMs,
  });
  stdout.write(text);
}

async function readTrace(
  typed: string,
  context: CliContext,
): Promise<TraceRecords> {
  const { openReader } = await import("../store/reader.js");
  const reader = openReader(foldersOf(context.env).storeFile);
  try {
    return reader.read(reader.resolve(typed));
  } finally {
    reader.close();
  }
}

function parseWidth(value: string): number {
  const columns = Number(value);
  if (Number.isInteger(columns) && columns >= MIN_COLUMNS && columns <= 1000)
    return columns;
  throw new InvalidArgumentError(
    `It takes a whole number from ${MIN_COLUMNS} to 1000.`,
  );
}
