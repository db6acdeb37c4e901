/** One line of the result. Cells are text: each row knows its units. */
export interface Row {
  what: string;
  direct: string;
  gotap: string;
  /** How they compare: a ratio, or what gotap adds. */
  compared: string;
  /** mitmproxy's, where it is installed and the row has a peer. */
  peer: string;
  /** SPEC §9's. */
  budget: string;
  /** Whether the budget was kept; undefined where the row has none. */
  kept: boolean | undefined;
}

const HEAD = ["what", "direct", "gotap", "compared", "mitmproxy", "budget", ""];

/** A Markdown table, so that it can be pasted into the README. */
export function tableText(rows: readonly Row[]): string {
  const cells = [
    HEAD,
    ...rows.map((row) => [
      row.what,
      row.direct,
      row.gotap,
      row.compared,
      row.peer,
      row.budget,
      row.kept === undefined ? "" : row.kept ? "kept" : "MISSED",
    ]),
  ];
  const widths = HEAD.map((_, column) =>
    Math.max(...cells.map((line) => (line[column] ?? "").length)),
  );
  const line = (values: readonly string[]): string =>
    `| ${values.map((value, i) => value.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(HEAD), rule, ...cells.slice(1).map(line)].join("\n");
}

/** `1.034`, `0.41`, `123`, `2,810`: three digits that mean something. */
export function figure(value: number): string {
  if (Number.isNaN(value)) return "?";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
