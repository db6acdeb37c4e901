import { readdir, readFile, stat } from "node:fs/promises";

/** A tree larger than this is not searched further. */
const MAX_DESCENDANTS = 2000;

/**
 * The processes under `rootPid`, itself included, the youngest generation first. Reads only their own files (the kernel's
 * CONFIG_PROC_CHILDREN; without it the root alone is known).
 */
export async function descendantsOf(rootPid: number): Promise<number[]> {
  const found = [rootPid];
  for (const pid of found) {
    if (found.length >= MAX_DESCENDANTS) break;
    found.push(...(await childrenOf(pid)));
  }
  return found.toReversed();
}

/** All pids, the highest first: the newest, but for a wrap of the numbers. Empty where there is no /proc. */
export async function allPids(): Promise<number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0)
    .toSorted((a, b) => b - a);
}

/** The user who owns a process's files in /proc: its effective user, or root where it cannot be dumped. */
export async function ownerOf(pid: number): Promise<number | undefined> {
  return stat(`/proc/${pid}`).then(
    ({ uid }) => uid,
    () => undefined,
  );
}

/** Each thread has children of its own: go starts git from whichever runs. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map(async (thread) =>
      readFile(`/proc/${pid}/task/${thread}/children`, "latin1").catch(
        () => "",
      ),
    ),
  );
  return lists.join(" ").split(" ").filter(Boolean).map(Number);
}
