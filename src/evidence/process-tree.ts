import { readdirSync, readFileSync, statSync } from "node:fs";

/** A tree larger than this is not searched further. */
const MAX_DESCENDANTS = 2000;

/**
 * The processes under `rootPid`, itself included, the youngest generation first. Reads only their own files (the kernel's
 * CONFIG_PROC_CHILDREN; without it the root alone is known).
 */
export function descendantsOf(rootPid: number): number[] {
  const found = [rootPid];
  for (const pid of found) {
    if (found.length >= MAX_DESCENDANTS) break;
    found.push(...childrenOf(pid));
  }
  return found.toReversed();
}

/** All pids, the highest first: the newest, but for a wrap of the numbers. Empty where there is no /proc. */
export function allPids(): number[] {
  return entriesOf("/proc")
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0)
    .toSorted((a, b) => b - a);
}

/** The user who owns a process's files in /proc: its effective user, or root where it cannot be dumped. */
export function ownerOf(pid: number): number | undefined {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid;
}

/** The names in a folder of /proc; empty where it is gone or may not be read. */
export function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Each thread has children of its own: go starts git from whichever runs. */
function childrenOf(pid: number): number[] {
  return entriesOf(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      const text = readFileSync(
        `/proc/${pid}/task/${thread}/children`,
        "latin1",
      );
      return text.split(" ").filter(Boolean).map(Number);
    } catch {
      return [];
    }
  });
}
