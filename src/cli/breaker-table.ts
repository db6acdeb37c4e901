import type { BreakerSnapshot } from "../model/breaker.js";
import { columnsOf, wantsColor, wantsUnicode } from "../report/style.js";
import { type Column, tableLines } from "../report/table.js";
import { durationText } from "../report/units.js";
import type { AnsweringDaemon } from "./running-daemon.js";

/** A breaker and the process that has it. */
export interface FoundBreaker {
  daemon: AnsweringDaemon;
  breaker: BreakerSnapshot;
}

/** The breakers as a table. @param withPid several processes have some */
export function breakerTable(
  found: readonly FoundBreaker[],
  withPid: boolean,
  stdout: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): string {
  const columns: Column[] = [
    ...(withPid ? [{ title: "PID", align: "right" } as const] : []),
    { title: "BREAKER" },
    { title: "STATE" },
    { title: "SINCE" },
    { title: "FAILED", align: "right" },
    { title: "IN A ROW", align: "right" },
    { title: "HEALTH" },
    { title: "NEXT PROBE", align: "right" },
    { title: "WHY", flexible: true },
  ];
  const rows = found.map((one) => [
    ...(withPid ? [String(one.daemon.pid)] : []),
    ...cellsOf(one),
  ]);
  const isTerminal = stdout.isTTY;
  const lines = tableLines(columns, rows, {
    columns: columnsOf(env, stdout),
    color: wantsColor(env, isTerminal),
    unicode: wantsUnicode(env),
  });
  return `${lines.join("\n")}\n`;
}

function cellsOf({ breaker }: FoundBreaker): string[] {
  const { retry_after_ms: retryAfterMs, rule, cause } = breaker;
  return [
    breaker.name,
    breaker.forced ? `${breaker.state} (held)` : breaker.state,
    new Date(breaker.since).toLocaleTimeString("en-GB"),
    `${breaker.failed}/${breaker.attempts}`,
    String(breaker.failures_in_row),
    breaker.health ?? "-",
    probeText(retryAfterMs),
    whyText(rule, cause),
  ];
}

/** A cause that says `opened by hand` needs no rule before it. */
function whyText(rule: string | undefined, cause: string | undefined): string {
  if (rule === undefined || cause === undefined) return rule ?? "";
  return cause.endsWith(rule) ? cause : `${rule}: ${cause}`;
}

/** `now`: the next request is the probe. */
function probeText(retryAfterMs: number | undefined): string {
  if (retryAfterMs === undefined) return "-";
  return retryAfterMs === 0 ? "now" : `in ${durationText(retryAfterMs)}`;
}
