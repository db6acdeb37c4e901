import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built CLI: this file runs from test/support, and from dist/test/support in the benchmarks. */
export const GOTAP_MAIN = fileURLToPath(
  new URL(
    import.meta.url.includes("/dist/test/support/")
      ? "../../src/main.cjs"
      : "../../dist/src/main.cjs",
    import.meta.url,
  ),
);

function missing(command: string, ...args: string[]): string | undefined {
  try {
    execFileSync(command, args, { stdio: "pipe" });
    return undefined;
  } catch (error) {
    return `${command} does not run: ${String(error).split("\n")[0]}`;
  }
}

const CHECKS = {
  go: () => missing("go", "version"),
  git: () => missing("git", "--version"),
  curl: () => missing("curl", "--version"),
  make: () => missing("make", "--version"),
  tmux: () => missing("tmux", "-V") ?? missing("bash", "--version"),
  gotap: () =>
    existsSync(join(dirname(GOTAP_MAIN), "cli", "run.js"))
      ? undefined
      : "not built: npm run build comes first",
};

export type Tool = keyof typeof CHECKS;

/**
 * Why tests that need these tools cannot run here; undefined when they can. A test file says it in its name:
 * `describe.skipIf(reason)(\`…${because(reason)}\`, …)`.
 * @throws Error with the reason where CI is set: there nothing may be skipped
 */
export function whyNot(...tools: readonly Tool[]): string | undefined {
  for (const tool of tools) {
    const reason = CHECKS[tool]();
    if (reason === undefined) continue;
    if ((process.env["CI"] ?? "") !== "") throw new Error(reason);
    return reason;
  }
  return undefined;
}

/** What stands behind a suite's name when it is skipped. */
export function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (skipped: ${reason})`;
}
