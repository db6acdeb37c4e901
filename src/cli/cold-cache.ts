import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "gotap-cold-";

/** An empty module cache for one run, so that every module is fetched. The user's own is never touched. */
export interface ColdCache {
  /** What the child's environment gets. */
  env: { GOMODCACHE: string; GOFLAGS: string };
  /** Idempotent. */
  remove(): void;
}

/**
 * Also removes what a run that was killed with -9 left behind.
 * @param goflags the effective GOFLAGS; `-modcacherw` is appended, else go makes folders that cannot be removed
 */
export function makeColdCache(goflags: string): ColdCache {
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const remove = (): void => {
    process.off("exit", remove);
    rmSync(folder, { recursive: true, force: true });
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
    if (!Number.isInteger(pid) || isAlive(pid)) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's, or gone meanwhile: not ours to mend.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
