import { type ChildProcess, spawn } from "node:child_process";

export interface BoundedCommand {
  file: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  timeoutMs: number;
  /** Standard output beyond it ends the command. */
  maxBytes: number;
  signal?: AbortSignal;
}

export type CommandResult =
  | { ok: true; exitCode: number; stdout: string; stderr: string }
  | {
      ok: false;
      reason: "timeout" | "aborted" | "too-much-output" | "not-started";
      /** One line for a person. */
      cause: string;
    };

const MAX_STDERR = 2000;

/**
 * Runs a command without a shell and without standard input. When a limit is hit, it and what it started in its process group
 * are killed. Never throws.
 */
export async function runBounded(
  command: BoundedCommand,
): Promise<CommandResult> {
  if (command.signal?.aborted)
    return { ok: false, reason: "aborted", cause: "aborted" };
  return run(command).catch((error: unknown) => ({
    ok: false,
    reason: "not-started",
    cause: (error as Error).message,
  }));
}

async function run(command: BoundedCommand): Promise<CommandResult> {
  const { file, args, cwd, env, timeoutMs, maxBytes, signal } = command;
  return new Promise((resolve) => {
    // A group of its own, so that its children can be killed with it; Windows has none.
    const detached = process.platform !== "win32";
    // Typed for a child without pipes: there are none where file descriptors have run out.
    const child: ChildProcess = spawn(file, args, {
      cwd,
      env,
      detached,
      stdio: ["ignore", "pipe", "pipe"],
      windowsHide: true,
    });
    child.on("error", (error) =>
      finish({ ok: false, reason: "not-started", cause: error.message }),
    );
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = "";

    const finish = (result: CommandResult) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve(result);
    };
    const stop = (
      reason: "timeout" | "aborted" | "too-much-output",
      why: string,
    ) => {
      kill(child.pid, detached);
      finish({ ok: false, reason, cause: `${file}: ${why}` });
    };
    const onAbort = () => stop("aborted", "aborted");
    const timer = setTimeout(
      () => stop("timeout", `no answer in ${timeoutMs} ms`),
      timeoutMs,
    );
    signal?.addEventListener("abort", onAbort, { once: true });

    child.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maxBytes)
        stop("too-much-output", `more than ${maxBytes} bytes of output`);
      else chunks.push(chunk);
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      if (stderr.length < MAX_STDERR) stderr += chunk.toString();
    });
    child.on("close", (code) =>
      finish({
        ok: true,
        exitCode: code ?? -1,
        stdout: Buffer.concat(chunks).toString("utf8"),
        stderr: stderr.slice(0, MAX_STDERR),
      }),
    );
  });
}

function kill(pid: number | undefined, group: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(group ? -pid : pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
