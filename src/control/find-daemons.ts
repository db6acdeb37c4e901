import { readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";

import { controlClient } from "./client.js";
import type { DaemonStatus } from "./protocol.js";
import { isPrivate, socketAddress } from "./socket-folder.js";

/** A running daemon or `gotap run`. */
export interface DaemonInfo {
  pid: number;
  socketFile: string;
  /** Absent where it is there and did not answer in time, or not as a gotap does. */
  status?: DaemonStatus;
}

const ANSWER_MS = 1500;

/** Where the control socket of a process is. */
export function socketFileOf(runtimeDir: string, pid: number): string {
  return join(runtimeDir, `${pid}.sock`);
}

/**
 * Every daemon and run of this user, the longest running first; each is asked for its status. Sockets that dead processes
 * left behind are removed. Empty also where the folder is missing or open to other users.
 */
export async function findDaemons(runtimeDir: string): Promise<DaemonInfo[]> {
  if (!isPrivate(runtimeDir)) return [];
  const found = await Promise.all(
    readdirSync(runtimeDir).map(async (name) => {
      const pid = Number(/^(\d+)\.sock$/.exec(name)?.[1]);
      return Number.isNaN(pid)
        ? undefined
        : lookAt(join(runtimeDir, name), pid);
    }),
  );
  return found
    .filter((info) => info !== undefined)
    .toSorted((a, b) => startOf(a).localeCompare(startOf(b)) || a.pid - b.pid);
}

/** Those that did not answer stand last. */
function startOf(info: DaemonInfo): string {
  return info.status?.startedAt ?? "~";
}

async function lookAt(
  socketFile: string,
  pid: number,
): Promise<DaemonInfo | undefined> {
  try {
    const status = await controlClient(socketFile).status(ANSWER_MS);
    return { pid, socketFile, status };
  } catch {
    if (await isListening(socketFile)) return { pid, socketFile };
    // A process of another pid namespace may listen under a number that is dead here: only a refused socket is removed.
    if (!isAlive(pid)) rmSync(socketFile, { force: true });
    return undefined;
  }
}

function isListening(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketAddress(socketFile));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** False for a zombie too: it has ended, and only its parent's attention is missing. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2, -1)[0] !== "Z";
  } catch {
    return true; // No /proc on this system.
  }
}
