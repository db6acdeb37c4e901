import type { Clock, Timer } from "../model/clock.js";
import { isAlive, type ProcessKey } from "./process-info.js";

const INTERVAL_MS = 250;

interface Watched {
  process: ProcessKey;
  onExit: () => void;
}

/** Every watched process of one clock, looked at by one timer; no timer where nothing is watched. */
class ExitWatch {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #looking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(watched: Watched): Timer {
    this.#watched.add(watched);
    if (!this.#looking) this.#lookLater();
    return { cancel: () => void this.#watched.delete(watched) };
  }

  #lookLater(): void {
    this.#looking = true;
    this.#clock.after(INTERVAL_MS, () => this.#look());
  }

  #look(): void {
    for (const watched of this.#watched) {
      if (isAlive(watched.process)) continue;
      // False: cancelled by another one's exit.
      if (this.#watched.delete(watched)) watched.onExit();
    }
    this.#looking = false;
    if (this.#watched.size > 0) this.#lookLater();
  }
}

const watches = new WeakMap<Clock, ExitWatch>();

/**
 * Calls `onExit` once when this very process has ended, at most about 250 ms later; also when it had ended before. All
 * processes watched with one clock share a timer, which does not keep gotap alive. `onExit` must not throw. Where there is no
 * /proc every process counts as ended: do not watch there.
 * @returns cancel: nothing is called afterwards
 */
export function watchExit(
  process: ProcessKey,
  clock: Clock,
  onExit: () => void,
): Timer {
  let watch = watches.get(clock);
  if (watch === undefined) {
    watch = new ExitWatch(clock);
    watches.set(clock, watch);
  }
  return watch.add({ process, onExit });
}
