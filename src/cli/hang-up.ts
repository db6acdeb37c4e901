import { closeSync, openSync } from "node:fs";

import type { CliContext } from "./context.js";

/**
 * SIGHUP has two meanings: a terminal that was closed ends what ran in it, and anybody else asks for the files to be read
 * again. Told apart by whether the terminal that was there at the start can still be opened.
 */
export function onHangUp(
  { stdin, stdout, stderr }: Pick<CliContext, "stdin" | "stdout" | "stderr">,
  heard: { reload(): void; terminalGone(): void },
): void {
  const hadTerminal = [stdin, stdout, stderr].some(({ isTTY }) => isTTY);
  process.on("SIGHUP", () => {
    if (hadTerminal && !hasTerminal()) heard.terminalGone();
    else heard.reload();
  });
}

/** The kernel takes the terminal from every process of the session before it sends the signal (tty_io.c, __tty_hangup). */
function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
