/**
 * One row at the bottom of the terminal that stays while a child writes above it: the scroll region is made one row shorter
 * (DECSTBM), as apt does for its progress bar. The child keeps the terminal itself as its stderr, and nothing it prints is
 * mixed with the row.
 */
export interface StatusRow {
  /** @param text one line without control characters; cut to the width by the caller */
  show(text: string): void;
  columns(): number;
  /** Gives the row back and leaves the cursor where the child left it. Idempotent. */
  close(): void;
}

const SAVE = "\u001b7";
const RESTORE = "\u001b8";
const CLEAR_ROW = "\u001b[2K";

/** @returns undefined where the stream is no terminal that can do it: `TERM=dumb`, a pipe, fewer than 5 rows */
export function openStatusRow(
  stream: NodeJS.WriteStream,
  env: NodeJS.ProcessEnv,
): StatusRow | undefined {
  if (!stream.isTTY || env["TERM"] === "dumb" || env["CI"] !== undefined)
    return undefined;
  let { rows, columns } = stream;
  if (rows < 5) return undefined;
  let shown: string | undefined;

  const reserve = (): void => {
    // A line feed first: where the cursor stands in the last row, that row scrolls up instead of being written over.
    stream.write(`\n${SAVE}\u001b[1;${rows - 1}r${RESTORE}\u001b[1A`);
  };
  const release = (): void => {
    stream.write(`${SAVE}\u001b[r\u001b[${rows};1H${CLEAR_ROW}${RESTORE}`);
  };
  const resized = (): void => {
    if (shown !== undefined) release();
    ({ rows, columns } = stream);
    if (shown === undefined) return;
    reserve();
    draw(shown);
  };
  const draw = (text: string): void => {
    stream.write(`${SAVE}\u001b[${rows};1H${CLEAR_ROW}${text}${RESTORE}`);
  };
  // Ctrl-Z: the shell gets the whole terminal, and the row comes back with `fg`.
  const suspended = (): void => {
    if (shown !== undefined) release();
    process.kill(process.pid, "SIGSTOP");
  };
  const continued = (): void => {
    if (shown === undefined) return;
    reserve();
    draw(shown);
  };
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    stream.off("resize", resized);
    process.off("SIGTSTP", suspended);
    process.off("SIGCONT", continued);
    process.off("exit", close);
    if (shown !== undefined) release();
  };
  stream.on("resize", resized);
  process.on("SIGTSTP", suspended);
  process.on("SIGCONT", continued);
  // Whatever ends this process, the terminal gets its row back (kill -9 excepted: `reset` does it then).
  process.on("exit", close);

  return {
    show(text) {
      if (closed) return;
      if (shown === undefined) reserve();
      if (text === shown) return;
      shown = text;
      draw(text);
    },
    columns: () => columns,
    close,
  };
}
