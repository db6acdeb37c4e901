import { escapeText } from "./escape.js";
import { cutMark, paint, type TextStyle } from "./style.js";
import { cutText, padText, textWidth } from "./text-width.js";

export interface Column {
  title: string;
  /** Default left. */
  align?: "left" | "right";
  /** Gives way where the line is too narrow: cut with `…`, but never below its title's width. Default: keeps its width. */
  flexible?: boolean;
}

const GAP = 2;

/**
 * Aligned columns under their titles, two cells apart, each line at most `style.columns` wide where the flexible columns allow
 * it. Cells are escaped here; a missing cell is empty.
 * @returns the lines, without trailing spaces
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: TextStyle,
  indent = 0,
): string[] {
  const cells = rows.map((row) =>
    columns.map((_, index) => escapeText(row[index] ?? "")),
  );
  const widths = columns.map(({ title }, index) =>
    Math.max(
      textWidth(title),
      ...cells.map((row) => textWidth(row[index] ?? "")),
    ),
  );
  let tooWide =
    indent +
    widths.reduce((sum, width) => sum + width + GAP, -GAP) -
    style.columns;
  for (const [index, column] of columns.entries()) {
    const width = widths[index] ?? 0;
    if (column.flexible !== true || tooWide <= 0) continue;
    const narrow = Math.max(textWidth(column.title), width - tooWide);
    tooWide -= width - narrow;
    widths[index] = narrow;
  }
  const line = (row: readonly string[]): string =>
    " ".repeat(indent) +
    columns
      .map(({ align }, index) => {
        const width = widths[index] ?? 0;
        return padText(
          cutText(row[index] ?? "", width, cutMark(style)),
          width,
          align,
        );
      })
      .join(" ".repeat(GAP))
      .trimEnd();
  const titles = line(columns.map(({ title }) => title));
  return [paint(titles, "dim", style.color), ...cells.map(line)];
}
