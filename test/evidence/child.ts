import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

import { onTestFinished } from "vitest";

/** A process that is gone after the test; resolves when it has printed its first line. */
export async function started(
  file: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number } = {},
): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = spawn(file, args, {
    ...options,
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  if (child.pid === undefined) throw new Error("it was not started");
  return { child, pid: child.pid, line: first.toString().trim() };
}

/** A Node process that runs a script. */
export async function startedNode(
  script: string,
  options: Parameters<typeof started>[2] = {},
) {
  return started(process.execPath, ["-e", script], options);
}
