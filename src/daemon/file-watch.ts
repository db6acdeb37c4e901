import { type FSWatcher, realpathSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";

import type { Clock, Timer } from "../model/clock.js";
import type { Log } from "../model/log.js";

/** An editor empties, writes, renames: one change is many events. */
const QUIET_MS = 200;

export interface FileWatchOptions {
  clock: Clock;
  log: Log;
  /** Some of the files changed, appeared, went or was put in another's place. May be called where nothing of it is left. */
  changed: () => void;
}

/**
 * Watches files that need not be there, nor their folders. Folders are watched, not files: a file that an editor renames into
 * place is another file. A link is followed, so that a change of what it leads to counts as well.
 * @param files absolute
 */
export function watchFiles(
  files: readonly string[],
  { clock, log, changed }: FileWatchOptions,
): { close(): void } {
  let watchers: FSWatcher[] = [];
  let quiet: Timer | undefined;
  let closed = false;

  const touched = (): void => {
    if (closed) return;
    quiet?.cancel();
    quiet = clock.after(QUIET_MS, () => {
      // Watched anew first: what changes from now on is seen, what has changed before is read now.
      arm();
      changed();
    });
  };
  const disarm = (): void => {
    for (const watcher of watchers) watcher.close();
    watchers = [];
  };
  const arm = (): void => {
    disarm();
    for (const [folder, names] of spotsOf(files)) {
      try {
        const watcher = watch(folder, { persistent: false }, (_, name) => {
          // The folder's own name: it was removed or moved itself.
          if (name === null || names.has(name) || name === basename(folder))
            touched();
        });
        watchers.push(watcher.on("error", touched));
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        // Gone since it was looked for.
        if (code === "ENOENT") touched();
        else
          log.notice(
            `watch ${folder}`,
            `${folder} cannot be watched, so a change of the configuration there is not noticed: ${message}`,
          );
      }
    }
  };
  arm();
  return {
    close() {
      closed = true;
      quiet?.cancel();
      disarm();
    },
  };
}

/** What to look at: the nearest folder that is there, and the name in it from which a file's path goes on. */
function spotsOf(files: readonly string[]): Map<string, Set<string>> {
  const spots = new Map<string, Set<string>>();
  for (const file of files)
    for (const path of new Set([resolve(file), realPath(file) ?? file])) {
      const { folder, name } = spotOf(path);
      const names = spots.get(folder) ?? new Set();
      spots.set(folder, names.add(name));
    }
  return spots;
}

function spotOf(path: string): { folder: string; name: string } {
  let folder = dirname(path);
  let name = basename(path);
  while (realPath(folder) === undefined && folder !== dirname(folder)) {
    name = basename(folder);
    folder = dirname(folder);
  }
  return { folder, name };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // Not there.
  }
}
