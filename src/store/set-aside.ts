import { renameSync, statSync } from "node:fs";

/**
 * Moves a damaged database out of the way, with its log, so that a fresh one can be made and nothing is destroyed.
 * @param inode of the file that was found damaged: when another process has replaced it already, nothing is moved
 * @returns where it is now, or undefined when there was nothing to move
 */
export function setAside(
  file: string,
  inode: bigint | undefined,
  now: Date,
): string | undefined {
  if (inode === undefined || inodeOf(file) !== inode) return undefined;
  const stamp = now.toISOString().slice(0, 19).replaceAll(":", "");
  const target = `${file}.corrupt-${stamp}`;
  renameSync(file, target);
  // Left beside the fresh database, the old log would be taken for its own.
  for (const suffix of ["-wal", "-shm"])
    if (inodeOf(file + suffix) !== undefined)
      renameSync(file + suffix, target + suffix);
  return target;
}

export function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}
