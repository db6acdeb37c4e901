import { execFileSync } from "node:child_process";

import { waitFor } from "./wait-for.js";

/** tmux's names for keys: `C-c`, `C-z`, `Enter`. */
type Key = "C-c" | "C-z" | "Enter";

let made = 0;

/** A real terminal with an interactive bash in it, as tmux plays one. */
export class Terminal {
  readonly #server = `gotap-test-${process.pid}-${made++}`;

  constructor(
    env: NodeJS.ProcessEnv,
    { columns = 90, rows = 20 }: { columns?: number; rows?: number } = {},
  ) {
    const variables = Object.entries(env).flatMap(([name, value]) =>
      value === undefined ? [] : ["-e", `${name}=${value}`],
    );
    this.#tmux(
      "-f",
      "/dev/null",
      "new-session",
      "-d",
      "-x",
      String(columns),
      "-y",
      String(rows),
      ...variables,
      "bash --norc --noprofile -i",
    );
  }

  /** Types a line and Enter. */
  type(line: string): void {
    this.#tmux("send-keys", "-l", line);
    this.press("Enter");
  }

  press(key: Key): void {
    this.#tmux("send-keys", key);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What stands on the screen now, a string a row, without blanks at the ends. */
  screen(): string[] {
    const text = this.#tmux("capture-pane", "-p");
    return text.split("\n").slice(0, -1);
  }

  /** Resolves with the screen as soon as it is as wanted. @throws Error that shows it, when it never is */
  async until(
    what: string,
    wanted: (screen: string[]) => boolean,
  ): Promise<string[]> {
    let screen: string[] = [];
    try {
      return await waitFor(
        what,
        () => {
          screen = this.screen();
          return wanted(screen) ? screen : undefined;
        },
        10_000,
      );
    } catch (error) {
      throw new Error(`${what}; the screen:\n${screen.join("\n")}`, {
        cause: error,
      });
    }
  }

  close(): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: string[]): string {
    return execFileSync("tmux", ["-L", this.#server, ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], LC_ALL: "C.UTF-8", TERM: "xterm" },
    });
  }
}
