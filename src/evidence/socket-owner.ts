import { readdir, readlink } from "node:fs/promises";

import { type ProcessInfo, readProcess } from "./process-info.js";
import { allPids, descendantsOf, ownerOf } from "./process-tree.js";

/** go opens many connections from one process: those that matched last are looked at first. */
const MAX_REMEMBERED = 16;
const remembered: number[] = [];

export interface OwnerHints {
  /** Its descendants are looked at before all others. */
  rootPid?: number;
  /** Of the socket: only processes of this user are looked at. */
  uid?: number;
}

/**
 * The process that holds a socket: of several (a child that inherited it) the one found first, the newest.
 * Looks at the processes that matched lately, then under `rootPid`, then at all, newest first, and stops at the first match.
 * @param inode as /proc/net/tcp gives it
 * @returns undefined when nobody holds it, it is another user's, or there is no /proc. Never throws.
 */
export async function findSocketOwner(
  inode: number,
  hints: OwnerHints = {},
): Promise<ProcessInfo | undefined> {
  if (inode === 0) return undefined;
  const wanted = `socket:[${inode}]`;
  const seen = new Set<number>();
  const sources = [
    async () => [...remembered],
    async () =>
      hints.rootPid === undefined ? [] : descendantsOf(hints.rootPid),
    allPids,
  ];
  for (const source of sources)
    for (const pid of await source()) {
      if (seen.has(pid)) continue;
      seen.add(pid);
      if (hints.uid !== undefined && !(await mayBelongTo(pid, hints.uid)))
        continue;
      if (!(await holds(pid, wanted))) continue;
      remember(pid);
      return readProcess(pid);
    }
  return undefined;
}

/** A process that cannot be dumped shows root as its owner; only root could read it. */
async function mayBelongTo(pid: number, uid: number): Promise<boolean> {
  const owner = await ownerOf(pid);
  return owner === uid || owner === 0;
}

async function holds(pid: number, wanted: string): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  // A new socket mostly has the highest number. A few at a time: the thread pool also serves look-ups.
  for (let end = names.length; end > 0; end -= 8) {
    const links = await Promise.all(
      names
        .slice(Math.max(0, end - 8), end)
        .map(async (name) =>
          readlink(`${folder}/${name}`).catch(() => undefined),
        ),
    );
    if (links.includes(wanted)) return true;
  }
  return false;
}

function remember(pid: number): void {
  const at = remembered.indexOf(pid);
  if (at !== -1) remembered.splice(at, 1);
  remembered.unshift(pid);
  remembered.length = Math.min(remembered.length, MAX_REMEMBERED);
}
