import type { Log } from "../model/log.js";
import { visible } from "../policy/visible-text.js";

/**
 * Lines on a stream, each with the program's name. Control and bidirectional characters, which a peer may have sent, are
 * written as escapes. `info` and `debug` are left out.
 */
export function consoleLog(
  write: (line: string) => void,
  options: { timestamps?: boolean } = {},
): Log {
  const said = new Set<string>();
  const line = (message: string): void => {
    const stamp =
      options.timestamps === true ? `${new Date().toISOString()} ` : "";
    write(`${stamp}gotap: ${visible(message)}\n`);
  };
  return {
    error: line,
    warn: line,
    info: () => {},
    debug: () => {},
    notice(key, message) {
      if (said.has(key)) return;
      // A peer chooses some keys (host names): they are forgotten rather than kept for ever.
      if (said.size > 1000) said.clear();
      said.add(key);
      line(message);
    },
  };
}
