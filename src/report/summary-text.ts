import { escapeText } from "./escape.js";
import { recoveredLines } from "./recovered-lines.js";
import type { Spread } from "./statistics.js";
import { cutMark, paint, type TextStyle } from "./style.js";
import type { FailureOutcome } from "./summary-failures.js";
import type { RunSummary } from "./summary.js";
import { type Column, tableLines } from "./table.js";
import { cutText, padText } from "./text-width.js";
import { bytesText, countText, durationText, rateText } from "./units.js";

const MAX_HOSTS = 6;
const MAX_FAILURES = 8;
const MAX_TUNNELS = 3;
/** A request quicker than this is not worth a line among the slowest. */
const SLOW_MS = 100;

/** How a summary is to look, and whether `gotap show` will find its trace: a history in memory ends with the run. */
export interface SummaryStyle extends TextStyle {
  stored: boolean;
}

/** The summary at the end of `gotap run`, with a final line feed; each line at most `style.columns` wide (Infinity: as long as it gets). */
export function summaryText(summary: RunSummary, style: SummaryStyle): string {
  const fit = (text: string): string =>
    cutText(text, style.columns, cutMark(style));
  const lines = [
    headline(summary, style, fit),
    ...[...totals(summary, style.columns - 2), ...recoveredLines(summary)].map(
      (line) => fit(`  ${line}`),
    ),
    ...hosts(summary, style),
    ...slowest(summary, style, fit),
    ...failures(summary, style, fit),
    ...tunnels(summary, style, fit),
    ...(style.stored ? ["", `  gotap show ${traceRef(summary)}`] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function traceRef({ run_id, sessions, trace_id }: RunSummary): string {
  return run_id ?? sessions[0]?.session_id ?? trace_id;
}

type Fit = (text: string) => string;

function headline(summary: RunSummary, style: TextStyle, fit: Fit): string {
  const { exit_code: code, signal } = summary;
  const end =
    signal === null
      ? code === null || code === 0
        ? ""
        : `, exit code ${code}`
      : `, ${signal}`;
  const command = escapeText(summary.command);
  const took = ` took ${durationText(summary.duration_ms)}${end}`;
  const shown = cutText(
    command,
    Math.max(20, style.columns - took.length - 7),
    cutMark(style),
  );
  const line = fit(`gotap: ${shown}${took}`);
  return paint(line, "bold", style.color);
}

function totals(summary: RunSummary, width: number): string[] {
  const { requests, bytes, modules, sessions } = summary;
  if (requests.total === 0)
    return [
      summary.tunnels.length === 0
        ? "no request came through gotap"
        : `nothing was opened, ${bytesText(bytes.tunnelled)} tunnelled`,
    ];
  const kinds = Object.entries(requests.by_kind)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${count} ${kind}`);
  const marks = [
    requests.failed > 0 ? `${requests.failed} failed` : "",
    requests.not_found > 0 ? `${requests.not_found} not found` : "",
    requests.cancelled > 0 ? `${requests.cancelled} cancelled` : "",
    requests.open > 0 ? `${requests.open} still open` : "",
  ].filter((mark) => mark !== "");
  const dials = summary.hosts.reduce((sum, host) => sum + host.dials, 0);
  const facts = [
    modules > 0 ? countText(modules, "module") : "",
    bytes.received > 0
      ? `${bytesText(bytes.received)} at ${rateText(bytes.received / Math.max(0.001, summary.duration_ms / 1000))}`
      : "",
    dials > 0 ? countText(dials, "connection") : "",
    sessions.length > 1 ? `${sessions.length} go commands` : "",
    ...marks,
  ].filter((fact) => fact !== "");
  return [
    ...wrap(`${countText(requests.total, "request")}: `, kinds, width),
    ...(facts.length > 0 ? wrap("", facts, width) : []),
  ];
}

/** `items`, with commas between, on as many lines as they need. */
function wrap(first: string, items: string[], width: number): string[] {
  const lines: string[] = [];
  let line = first;
  for (const [index, item] of items.entries()) {
    const word = index === items.length - 1 ? item : `${item}, `;
    if (line !== "" && line.length + word.trimEnd().length > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += word;
  }
  return [...lines, line];
}

const HOST_COLUMNS: Column[] = [
  { title: "host (p50/worst)", flexible: true },
  { title: "req", align: "right" },
  { title: "bytes", align: "right" },
  { title: "dns", align: "right" },
  { title: "connect", align: "right" },
  { title: "tls", align: "right" },
  { title: "first byte", align: "right" },
];

function hosts(summary: RunSummary, style: TextStyle): string[] {
  if (summary.hosts.length === 0) return [];
  const rows = summary.hosts
    .slice(0, MAX_HOSTS)
    .map((host) => [
      host.host,
      String(host.requests),
      bytesText(host.bytes),
      spreadText(host.dns, style),
      spreadText(host.connect, style),
      spreadText(host.tls, style),
      spreadText(host.first_byte, style),
    ]);
  return [
    "",
    ...tableLines(HOST_COLUMNS, rows, style, 2),
    ...more(summary.hosts.length - MAX_HOSTS, "host"),
  ];
}

/** `12/279 ms`, `12 ms/7.2 s`, `12 ms`. */
function spreadText(spread: Spread | null, style: TextStyle): string {
  if (spread === null) return style.unicode ? "–" : "-";
  const middle = durationText(spread.p50_ms);
  const worst = durationText(spread.worst_ms);
  if (middle === worst) return middle;
  const [value, unit] = middle.split(" ");
  return worst.endsWith(` ${unit}`) && !middle.includes("m ")
    ? `${value}/${worst}`
    : `${middle}/${worst}`;
}

function slowest(summary: RunSummary, style: TextStyle, fit: Fit): string[] {
  const slow = summary.slowest.filter(({ duration_ms: ms }) => ms >= SLOW_MS);
  if (slow.length === 0) return [];
  return [
    "",
    paint("  slowest", "dim", style.color),
    ...slow.map((one) => {
      const phase =
        one.phase === null || one.phase_ms === null
          ? ""
          : ` (${one.phase} ${durationText(one.phase_ms)})`;
      const open = one.open ? ", still open" : "";
      const tail = `  ${bytesText(one.bytes)}${phase}${open}`;
      const room = Math.max(16, style.columns - 14 - tail.length);
      return fit(
        `  ${padText(durationText(one.duration_ms), 10, "right")}  ${cutText(one.request, room, cutMark(style))}${tail}`,
      );
    }),
  ];
}

/** What became of the requests, after the cause of a failed attempt. */
const OUTCOMES: Record<FailureOutcome, string> = {
  failed: "",
  recovered: " (a later attempt succeeded)",
  cancelled: " (cancelled)",
  open: " (still open)",
};

function failures(summary: RunSummary, style: TextStyle, fit: Fit): string[] {
  if (summary.failures.length === 0) return [];
  const times = style.unicode ? "×" : "x";
  return [
    "",
    paint("  failed", "red", style.color),
    ...summary.failures.slice(0, MAX_FAILURES).flatMap((one) => {
      const count = padText(`${one.count}${times}`, 5, "right");
      const others = one.distinct_requests - one.requests.length;
      const names = one.requests.join(", ");
      const rest = others > 0 ? ` and ${others} more` : "";
      return [
        fit(
          `${count} ${one.host} ${escapeText(one.error_type)}: ${escapeText(one.cause)}${OUTCOMES[one.outcome]}`,
        ),
        fit(
          `      ${cutText(names, style.columns - 6 - rest.length, cutMark(style))}${rest}`,
        ),
      ];
    }),
    ...more(summary.failures.length - MAX_FAILURES, "cause"),
  ];
}

function tunnels(summary: RunSummary, style: TextStyle, fit: Fit): string[] {
  if (summary.tunnels.length === 0) return [];
  return [
    "",
    paint("  not opened", "dim", style.color),
    ...summary.tunnels
      .slice(0, MAX_TUNNELS)
      .map((one) =>
        fit(
          `    ${one.host}: ${countText(one.count, "tunnel")}, ${bytesText(one.bytes)}: ${escapeText(one.reason)}`,
        ),
      ),
    ...more(summary.tunnels.length - MAX_TUNNELS, "host"),
  ];
}

function more(count: number, noun: string): string[] {
  return count > 0 ? [`    and ${countText(count, `more ${noun}`)}`] : [];
}
