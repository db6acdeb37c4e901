import { visible } from "../policy/visible-text.js";
import { versionLine } from "./version.js";

/** What the user is asked to pass on: what happened, in which version, with its stack. */
export function bugText(error: unknown): string {
  const stack =
    error instanceof Error ? (error.stack ?? String(error)) : String(error);
  const system = `${process.platform} ${process.arch}`;
  return `gotap: this is a bug in gotap; please report it with these lines: ${versionLine()} ${system}
${stack.split("\n").map(visible).join("\n")}
`;
}

/**
 * From here on an error that nothing caught, thrown or rejected, goes to `handler` alone: Node.js would end the process. The
 * last handler counts.
 */
function onUncaught(handler: (error: unknown) => void): void {
  process.setUncaughtExceptionCaptureCallback(null);
  process.setUncaughtExceptionCaptureCallback(handler);
}

/** An error that nothing caught is reported, and ends the process with this exit code. */
export function endOnBugs(
  stderr: NodeJS.WritableStream,
  exitCode: number,
): void {
  onUncaught((error) => {
    stderr.write(bugText(error));
    process.exit(exitCode);
  });
}

/**
 * An error that nothing caught is reported, each kind once, and everything goes on: what it hit is one request, and a download
 * that is under way must not pay for it.
 */
export function surviveBugs(stderr: NodeJS.WritableStream): void {
  const said = new Set<string>();
  onUncaught((error) => {
    const text = bugText(error);
    if (said.has(text)) return;
    said.add(text);
    stderr.write(text);
  });
}
