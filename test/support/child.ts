import { spawn, type ChildProcess } from "node:child_process";

export interface ChildResult {
  /** `null` when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ChildOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Written to stdin, which is then closed; without it stdin is empty. */
  input?: string;
}

/** A process in a group of its own, so that `kill` reaches its children too. */
export interface RunningChild {
  pid: number;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when it ended and all its output was read. */
  done: Promise<ChildResult>;
  /** A signal to it alone. */
  signal(name: NodeJS.Signals): void;
  /** SIGKILL to its whole group; does nothing when it is gone. */
  kill(): void;
}

const running = new Set<RunningChild>();
// The last line of defence against processes that a broken test leaves behind.
process.on("exit", killAll);

/** Ends every child that is still there; for `afterEach`. */
export function killAll(): void {
  for (const child of running) child.kill();
}

/** Starts a program. @throws Error when it cannot be started */
export function startChild(
  command: string,
  args: readonly string[],
  options: ChildOptions,
): RunningChild {
  const child: ChildProcess = spawn(command, args, {
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input ?? "");
  const started: RunningChild = {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    done: new Promise((resolve, reject) => {
      child.on("error", (error) => {
        running.delete(started);
        reject(error);
      });
      child.on("close", (code, signal) => {
        running.delete(started);
        resolve({ code, signal, stdout, stderr });
      });
    }),
    signal: (name) => void child.kill(name),
    kill() {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // The group is gone: that is what was wanted.
      }
    },
  };
  running.add(started);
  return started;
}

/** Runs a program to its end. */
export function runChild(
  command: string,
  args: readonly string[],
  options: ChildOptions,
): Promise<ChildResult> {
  return startChild(command, args, options).done;
}

/** @throws Error with all that the child said, when it ended otherwise */
export function expectCode(result: ChildResult, code: number): void {
  if (result.code !== code)
    throw new Error(
      `ended with ${result.code ?? result.signal}, not ${code}; stdout:\n${result.stdout}\nstderr:\n${result.stderr}`,
    );
}
