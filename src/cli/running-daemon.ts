import type { DaemonInfo } from "../control/find-daemons.js";
import type { DaemonStatus } from "../control/protocol.js";
import { GotapError } from "../model/failure.js";

/** A daemon that has answered. */
export type AnsweringDaemon = DaemonInfo & { status: DaemonStatus };

const START_ONE = "start one: gotap daemon (or gotap daemon --detach)";

/** `--pid`, as typed. @throws GotapError PID */
export function pidOption(text: string): number {
  const pid = Number(text);
  if (Number.isSafeInteger(pid) && pid > 0) return pid;
  throw new GotapError(
    "PID",
    `--pid takes a process id, not ${JSON.stringify(text)}`,
    "gotap status shows them",
    2,
  );
}

/**
 * The one daemon that is meant: the only one, or that of `--pid`. A `gotap run` counts only where its pid is given.
 * @throws GotapError NO_DAEMON, SEVERAL_DAEMONS, DAEMON_SILENT
 */
export function chosenDaemon(
  found: readonly DaemonInfo[],
  pid: number | undefined,
): AnsweringDaemon {
  const candidates = found.filter((info) =>
    pid === undefined ? info.status?.kind !== "run" : info.pid === pid,
  );
  const answering = candidates.filter(hasAnswered);
  const [first, second] = answering;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined)
    throw new GotapError(
      "SEVERAL_DAEMONS",
      `several daemons run:\n${answering.map((info) => `  --pid ${info.pid}  ${info.status.listen.join(" ")}`).join("\n")}`,
      "name one with --pid",
    );
  const [silent] = candidates;
  if (silent !== undefined)
    throw new GotapError(
      "DAEMON_SILENT",
      `the daemon with pid ${silent.pid} does not answer`,
      `if it hangs: kill ${silent.pid}`,
    );
  throw new GotapError(
    "NO_DAEMON",
    pid === undefined
      ? "no gotap daemon is running"
      : `no gotap has the pid ${pid}`,
    pid === undefined ? START_ONE : "gotap status shows those that run",
  );
}

function hasAnswered(info: DaemonInfo): info is AnsweringDaemon {
  return info.status !== undefined;
}
