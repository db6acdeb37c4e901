import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { isAlive } from "../control/find-daemons.js";

const PREFIX = "gotap-cold-";

/** An empty module cache for one run, so that every module is fetched. The user's own is never touched. */
export interface ColdCache {
  /** What the child's environment gets. */
  env: { GOMODCACHE: string; GOFLAGS: string };
  /** Idempotent, never throws. @returns the folder where it could not be removed */
  remove(): string | undefined;
}

/**
 * Also removes what a run that was killed with -9 left behind.
 * @param goflags the effective GOFLAGS; `-modcacherw` is appended, else go makes folders that cannot be removed
 */
export function makeColdCache(goflags: string): ColdCache {
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = (): string | undefined => {
    process.off("exit", remove);
    return removeTree(folder) ? undefined : folder;
  };
  process.on("exit", remove);
  return {
    env: { GOMODCACHE: folder, GOFLAGS: `${goflags} -modcacherw`.trim() },
    remove,
  };
}

function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^gotap-cold-(\d+)-/.exec(name)?.[1]);
    if (Number.isInteger(pid) && !isAlive(pid))
      removeTree(join(tmpdir(), name));
  }
}

/** @returns false where it is still there: another user's, or somebody keeps writing to it */
function removeTree(folder: string): boolean {
  const options = { recursive: true, force: true, maxRetries: 3 };
  try {
    rmSync(folder, options);
    return true;
  } catch {
    // A go that was given other GOFLAGS made its folders read-only.
  }
  try {
    makeWritable(folder);
    rmSync(folder, options);
    return true;
  } catch {
    return false;
  }
}

function makeWritable(folder: string): void {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
}
