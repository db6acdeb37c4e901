import { endOnBugs } from "./bugs.js";
import { hearOutputErrors, written } from "./output.js";
import { bugExitCode, runCli } from "./program.js";

/** One command line from its words to the end of this process, whatever may still be open then: the command has closed what counts. */
export async function runMain(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<never> {
  const { stdin, stdout, stderr } = process;
  endOnBugs(stderr, bugExitCode(argv));
  const output = hearOutputErrors({ stdout, stderr });
  // Whatever a command waits for at its end, Node must not end the process meanwhile: that would be with code 0.
  setInterval(() => {}, 60_000);
  const exitCode = await runCli(argv, {
    env,
    cwd: process.cwd(),
    stdin,
    stdout,
    stderr,
    exitCode: 0,
  });
  await written(stdout, stderr);
  process.exit(exitCode === 0 && output.failed() ? 1 : exitCode);
}
