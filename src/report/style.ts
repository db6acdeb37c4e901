/** How text for a person is drawn. */
export interface TextStyle {
  /** Cells in a line; Infinity: nothing is cut. */
  columns: number;
  color: boolean;
  /** false: ASCII alone, for terminals and locales without UTF-8. */
  unicode: boolean;
}

const CODES = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;

export type Color = keyof typeof CODES;

/** The text in a colour, or as it is where there is none; its width does not change. */
export function paint(
  text: string,
  color: Color | undefined,
  wanted: boolean,
): string {
  if (!wanted || color === undefined || text === "") return text;
  return `\u001b[${CODES[color]}m${text}\u001b[0m`;
}

/** What stands for text that was cut off. */
export function cutMark({ unicode }: Pick<TextStyle, "unicode">): string {
  return unicode ? "…" : "~";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** FORCE_COLOR (0 and false mean no), then NO_COLOR (no-color.org: not empty), then TERM=dumb, then whether it is a terminal. */
export function wantsColor(env: Environment, isTerminal: boolean): boolean {
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return isTerminal && env["TERM"] !== "dumb";
}

/**
 * How wide a line may be: COLUMNS (POSIX: the user's own wish), else the terminal's width. What is piped to a file or a program has
 * no width, so nothing is lost: Infinity.
 */
export function columnsOf(
  env: Environment,
  stream: { isTTY?: boolean; columns?: number },
): number {
  const wanted = env["COLUMNS"] ?? "";
  if (/^[1-9]\d{0,4}$/.test(wanted)) return Number(wanted);
  // Some terminals say 0.
  return (stream.isTTY === true && stream.columns) || Infinity;
}

/**
 * Whether the locale is UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set decides (POSIX). Where none is (Windows,
 * graphical programs on macOS) it is taken for one, but for the Linux console and a dumb terminal.
 */
export function wantsUnicode(env: Environment): boolean {
  if (env["TERM"] === "linux" || env["TERM"] === "dumb") return false;
  for (const name of ["LC_ALL", "LC_CTYPE", "LANG"]) {
    const value = env[name];
    if (value !== undefined && value !== "") return /utf-?8/i.test(value);
  }
  return true;
}
