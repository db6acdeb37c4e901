import { readlinkSync } from "node:fs";

import { type ProcessInfo, readProcess } from "./process-info.js";
import { allPids, descendantsOf, entriesOf, ownerOf } from "./process-tree.js";

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
export function findSocketOwner(
  inode: number,
  hints: OwnerHints = {},
): ProcessInfo | undefined {
  if (inode === 0) return undefined;
  const wanted = `socket:[${inode}]`;
  const seen = new Set<number>();
  const sources = [
    () => [...remembered],
    () => (hints.rootPid === undefined ? [] : descendantsOf(hints.rootPid)),
    allPids,
  ];
  for (const source of sources)
    for (const pid of source()) {
      if (seen.has(pid)) continue;
      seen.add(pid);
      if (hints.uid !== undefined && !mayBelongTo(pid, hints.uid)) continue;
      if (!holds(pid, wanted)) continue;
      remember(pid);
      return readProcess(pid);
    }
  return undefined;
}

/** A process that cannot be dumped shows root as its owner; only root could read it. */
function mayBelongTo(pid: number, uid: number): boolean {
  const owner = ownerOf(pid);
  return owner === uid || owner === 0;
}

function holds(pid: number, wanted: string): boolean {
  const folder = `/proc/${pid}/fd`;
  // A new socket mostly has the highest number.
  for (const name of entriesOf(folder).toReversed())
    try {
      if (readlinkSync(`${folder}/${name}`) === wanted) return true;
    } catch {
      // Closed meanwhile.
    }
  return false;
}

function remember(pid: number): void {
  const at = remembered.indexOf(pid);
  if (at !== -1) remembered.splice(at, 1);
  remembered.unshift(pid);
  remembered.length = Math.min(remembered.length, MAX_REMEMBERED);
}
