import { statSync } from "node:fs";

import {
  type LoadedSettings,
  loadSettings,
  type SettingsRequest,
} from "../config/load-settings.js";
import type { Clock } from "../model/clock.js";
import { GotapError } from "../model/failure.js";
import type { Log } from "../model/log.js";
import type { Settings } from "../model/settings.js";
import { changedKeys } from "./changed-keys.js";
import { watchFiles } from "./file-watch.js";

/** The settings in force, while the files that they come from may change. */
export interface LiveSettings {
  /**
   * What holds now. Ask with each request, once: what was handed out never changes, so that a request goes by one set of
   * rules from its beginning to its end.
   */
  current: () => Settings;
  /** Called after each change of `current()`. @returns what ends it */
  onChange: (listener: (now: Settings, before: Settings) => void) => () => void;
  /** Reads all files again, now (SIGHUP), and says what came of it. */
  reload: () => void;
  /** Nothing is watched any more; `current()` stays as it is. Idempotent. */
  close: () => void;
}

export interface LiveSettingsOptions {
  /** What `loaded` was read by: flags and environment stay as they are. */
  request: SettingsRequest;
  clock: Clock;
  log: Log;
  /** Keys that mean nothing here, of which nothing is said. */
  unused?: readonly string[];
}

/** Sockets, the store and the pool of connections are made with them; they count from the next start. */
const FROM_THE_START = ["listen", "store", "tls", "export", "resolve"] as const;

/**
 * Watches every file that settings come from, also those that are not there yet. A file that is wrong changes nothing: what
 * held before holds on, and one line names the place.
 * @param loaded what to begin with
 */
export function liveSettings(
  loaded: LoadedSettings,
  { request, clock, log, unused = [] }: LiveSettingsOptions,
): LiveSettings {
  const start = loaded;
  const listeners = new Set<(now: Settings, before: Settings) => void>();
  const said = new Set(loaded.notices);
  let last = loaded;
  let current = loaded.settings;
  let wrong: string | undefined;
  let waiting = "";

  const read = (asked: boolean): void => {
    const next = nextOf(request, loaded.files);
    if (next instanceof GotapError) {
      const line = `the configuration is not taken over, what held before holds on: ${next.message}${next.hint === undefined ? "" : ` (${next.hint})`}`;
      if (asked || line !== wrong) log.warn(line);
      wrong = line;
      return;
    }
    const isMended = wrong !== undefined;
    wrong = undefined;
    sayNotices(next);
    const changed = changedKeys(last, next).filter(
      (key) => !isFromTheStart(key) && !unused.includes(key),
    );
    last = next;
    sayWaiting(next);
    if (changed.length > 0)
      log.warn(`the configuration was read again: ${changed.join(", ")}`);
    else if (asked || isMended)
      log.warn("the configuration was read again: nothing has changed");
    if (changed.length > 0) replace(withStart(next.settings, start.settings));
  };
  const sayNotices = ({ notices }: LoadedSettings): void => {
    for (const notice of notices) if (!said.has(notice)) log.warn(notice);
    said.clear();
    for (const notice of notices) said.add(notice);
  };
  const sayWaiting = (next: LoadedSettings): void => {
    const keys = changedKeys(start, next)
      .filter((key) => isFromTheStart(key) && !unused.includes(key))
      .join(", ");
    if (keys !== "" && keys !== waiting)
      log.warn(`${keys}: changed in the configuration, from the next start on`);
    waiting = keys;
  };
  const replace = (now: Settings): void => {
    const before = current;
    current = now;
    for (const listener of listeners) listener(now, before);
  };

  const watched = watchFiles(loaded.files, {
    clock,
    log,
    changed: () => {
      read(false);
    },
  });
  return {
    current: () => current,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload: () => {
      read(true);
    },
    close: () => {
      watched.close();
    },
  };
}

/** Settings whose fields are always those in force: for whom a plain object is to be handed to. */
export function viewOf(live: Pick<LiveSettings, "current">): Settings {
  const view = {};
  for (const key of Object.keys(live.current()) as (keyof Settings)[])
    Object.defineProperty(view, key, {
      enumerable: true,
      get: () => live.current()[key],
    });
  return view as Settings;
}

function nextOf(
  request: SettingsRequest,
  files: readonly string[],
): LoadedSettings | GotapError {
  // A shell's <(…) was read to its end at the start: read again it would be a file without a word.
  const pipe = files.find((file) =>
    statSync(file, { throwIfNoEntry: false })?.isFIFO(),
  );
  if (pipe !== undefined)
    return new GotapError("CONFIG_ONCE", `${pipe} can be read only once`);
  try {
    return loadSettings(request);
  } catch (error) {
    if (error instanceof GotapError) return error;
    throw error;
  }
}

function isFromTheStart(key: string): boolean {
  return FROM_THE_START.some(
    (name) => key === name || key.startsWith(`${name}.`),
  );
}

function withStart(next: Settings, start: Settings): Settings {
  const kept = FROM_THE_START.map((name) => [name, start[name]]);
  return { ...next, ...(Object.fromEntries(kept) as Partial<Settings>) };
}
