import { networkInterfaces } from "node:os";

import type { Clock, Timer } from "../model/clock.js";
import {
  type Interfaces,
  networkChange,
  type NetworkChange,
  type Networks,
  networksOf,
} from "./network-change.js";

export interface NetworkWatchOptions {
  clock: Clock;
  /** A session or a breaker is open. */
  active(): boolean;
  /** @param cause one line: `eth0: 192.168.1.7/24 → absent` */
  changed(cause: string, change: NetworkChange): void;
  /** The system's by default. */
  read?: () => Interfaces;
}

export interface NetworkWatch {
  /** `active()` may have become true: looks at once, also for what changed since the last look. */
  wake(): void;
  /** No callback or timer after it. Idempotent. */
  close(): void;
}

const EVERY_MS = 5_000;

/**
 * Tells when this machine's addresses are others than at the last look. Looks every 5 s while `active()`; then there is no timer,
 * and only `wake` begins again.
 */
export function watchNetwork(options: NetworkWatchOptions): NetworkWatch {
  const read = options.read ?? networkInterfaces;
  let last = networksNow(read);
  let timer: Timer | undefined;
  let closed = false;

  const look = (): void => {
    timer = undefined;
    if (!options.active()) return;
    timer = options.clock.after(EVERY_MS, look);
    const now = networksNow(read);
    if (now === undefined) return;
    const change = last === undefined ? undefined : networkChange(last, now);
    last = now;
    if (change !== undefined) options.changed(change.cause, change);
  };

  return {
    wake() {
      if (!closed && timer === undefined) look();
    },
    close() {
      closed = true;
      timer?.cancel();
      timer = undefined;
    },
  };
}

/** A sandbox may forbid the question: then nothing ever changes. */
function networksNow(read: () => Interfaces): Networks | undefined {
  try {
    return networksOf(read());
  } catch {
    return undefined;
  }
}
