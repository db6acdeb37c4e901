import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { constants } from "node:os";

import { GotapError } from "../model/failure.js";

/** How a child ended. */
interface ChildEnd {
  /** What a shell would see: its own code, or 128 + the signal's number. */
  exitCode: number;
  /** `SIGKILL`; undefined where it exited by itself. */
  signal?: NodeJS.Signals;
}

export interface Child {
  pid: number;
  ended: Promise<ChildEnd>;
  kill(signal: NodeJS.Signals): void;
}

/** Thrown when the command cannot be started; carries the exit code that shells use for it (POSIX sh §2.8.2). */
export class CannotStart extends GotapError {
  constructor(
    message: string,
    readonly shellExitCode: 125 | 126 | 127,
    hint?: string,
  ) {
    super("RUN_CANNOT_START", message, hint);
  }
}

/** Signals that a shell or a supervisor sends to stop or steer a program. SIGKILL and SIGSTOP cannot be heard. */
const PASSED_ON = [
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGHUP",
  "SIGUSR1",
  "SIGUSR2",
  "SIGWINCH",
] as const;
/** Those of them that a terminal sends to the whole foreground group, so that the child has got them by itself. */
const FROM_TERMINAL: readonly string[] = [
  "SIGINT",
  "SIGQUIT",
  "SIGWINCH",
  "SIGHUP",
];

/**
 * Starts the command with our own stdin, stdout and stderr, in our own process group, so that the terminal's job control
 * works as without gotap; passes signals on while it lives.
 * @throws CannotStart with 127 where it is not found, 126 where it cannot be executed
 */
export async function startChild(
  command: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<Child> {
  const [file, ...args] = command;
  if (file === undefined) throw new CannotStart("no command was given", 125);
  const child = spawn(file, args, {
    stdio: "inherit",
    env: options.env,
    cwd: options.cwd,
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve(
        signal === null
          ? { exitCode: code ?? 125 }
          : { exitCode: 128 + constants.signals[signal], signal },
      );
    });
  });
  const failure = await new Promise<NodeJS.ErrnoException | undefined>(
    (resolve) => {
      child.once("spawn", () => {
        resolve(undefined);
      });
      child.once("error", resolve);
    },
  );
  if (failure !== undefined || child.pid === undefined)
    throw cannotStart(file, failure);
  child.on("error", () => {
    // A signal that came too late for it: the exit says what there is to say.
  });
  const stopPassing = passSignals((signal) => child.kill(signal));
  void ended.then(stopPassing);
  return { pid: child.pid, ended, kill: (signal) => child.kill(signal) };
}

function cannotStart(
  file: string,
  error: NodeJS.ErrnoException | undefined,
): CannotStart {
  switch (error?.code) {
    case "ENOENT":
      return new CannotStart(
        `${file}: command not found`,
        127,
        "is it in PATH?",
      );
    case "EACCES":
    case "ENOEXEC":
      return new CannotStart(
        `${file}: cannot be executed (${error.code})`,
        126,
      );
    default:
      return new CannotStart(
        `${file}: could not be started: ${error?.message ?? "unknown"}`,
        126,
      );
  }
}

function passSignals(kill: (signal: NodeJS.Signals) => void): () => void {
  const listeners = PASSED_ON.map((signal) => {
    const listener = (): void => {
      if (FROM_TERMINAL.includes(signal) && inForeground()) return;
      kill(signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  };
}

/**
 * Whether our process group is the terminal's foreground group: then Ctrl-C reached the child already, and passing it on
 * would be the second one, at which go and make stop without cleaning up.
 */
function inForeground(): boolean {
  try {
    // proc(5): after the command in parentheses come state, ppid, pgrp, session, tty_nr, tpgid.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[5] !== "-1" && fields[2] === fields[5];
  } catch {
    return process.stdin.isTTY || process.stderr.isTTY;
  }
}
