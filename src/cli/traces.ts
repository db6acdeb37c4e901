import { type Command, InvalidArgumentError } from "commander";

import { foldersOf } from "../config/folders.js";
import { GotapError } from "../model/failure.js";
import type { TraceRow } from "../model/trace.js";
import type { Column } from "../report/table.js";
import { bytesText, durationText } from "../report/units.js";
import type { CliContext } from "./context.js";

interface TracesOptions {
  json?: true;
  limit: number;
  failed?: true;
}

const DEFAULT_LIMIT = 50;
/** Of an id: enough to type, and nearly always unique. */
const ID_DIGITS = 8;

const COLUMNS: Column[] = [
  { title: "SESSION" },
  { title: "RUN" },
  { title: "STARTED" },
  { title: "TOOK", align: "right" },
  { title: "REQUESTS", align: "right" },
  { title: "FAILED", align: "right" },
  { title: "OPEN", align: "right" },
  { title: "BYTES", align: "right" },
  { title: "EXIT", align: "right" },
  { title: "COMMAND", flexible: true },
];

/** `gotap traces`: the stored sessions, newest first. An empty store is no failure. */
export function define(command: Command, context: CliContext): void {
  command
    .option("--json", "one object a line, with every field")
    .option(
      "-n, --limit <count>",
      "the newest so many; 0 is all",
      parseLimit,
      DEFAULT_LIMIT,
    )
    .option("--failed", "only sessions with a failed request")
    .addHelpText(
      "after",
      [
        "",
        "Examples:",
        "  gotap traces                   then: gotap show SESSION",
        "  gotap traces --failed -n 5",
        "  gotap traces --json -n 0 | jq 'select(.duration_ms > 60000)'",
      ].join("\n"),
    )
    .action((options: TracesOptions) => list(context, options));
}

async function list(
  context: CliContext,
  options: TracesOptions,
): Promise<void> {
  const rows = await readRows(context, options);
  if (options.json === true) {
    for (const row of rows) context.stdout.write(`${JSON.stringify(row)}\n`);
    return;
  }
  if (rows.length === 0) {
    context.stderr.write(
      options.failed === true
        ? "no session with a failed request is recorded\n"
        : "nothing is recorded yet; try: gotap run -- go mod download\n",
    );
    return;
  }
  const [{ tableLines }, { columnsOf, wantsColor, wantsUnicode }] =
    await Promise.all([
      import("../report/table.js"),
      import("../report/style.js"),
    ]);
  const { stdout, env } = context;
  const isTerminal = stdout.isTTY;
  const lines = tableLines(COLUMNS, rows.map(cellsOf), {
    columns: columnsOf(env, stdout),
    color: wantsColor(env, isTerminal),
    unicode: wantsUnicode(env),
  });
  stdout.write(`${lines.join("\n")}\n`);
}

async function readRows(
  { env }: CliContext,
  { limit, failed }: TracesOptions,
): Promise<TraceRow[]> {
  const { openReader } = await import("../store/reader.js");
  try {
    const reader = openReader(foldersOf(env).storeFile);
    try {
      return reader.rows({
        nowUnixMs: Date.now(),
        ...(limit === 0 ? {} : { limit }),
        ...(failed === true ? { failed } : {}),
      });
    } finally {
      reader.close();
    }
  } catch (error) {
    if (error instanceof GotapError && error.code === "STORE_EMPTY") return [];
    throw error;
  }
}

function cellsOf(row: TraceRow): string[] {
  return [
    row.session_id.slice(0, ID_DIGITS),
    row.run_id?.slice(0, ID_DIGITS) ?? "-",
    localTime(new Date(row.started_at)),
    durationText(row.duration_ms),
    String(row.requests),
    String(row.failed),
    String(row.open),
    bytesText(row.bytes),
    row.exit_code === null ? "-" : String(row.exit_code),
    row.command,
  ];
}

/** `2026-11-22 11:00:04`, on the user's own clock. */
function localTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}

function parseLimit(value: string): number {
  const limit = Number(value);
  if (Number.isSafeInteger(limit) && limit >= 0 && value !== "") return limit;
  throw new InvalidArgumentError("It takes a whole number, 0 for all.");
}
