import { performance } from "node:perf_hooks";

import type { Clock } from "../model/clock.js";

/** The wall clock that Node derives from its start may be off from the system's by this much before it is not trusted. */
const SAME_CLOCK_WITHIN_MS = 2;

/** The real time. */
export const systemClock: Clock = {
  nowMs: () => Math.round(performance.now() * 1000) / 1000,
  nowUnixNano() {
    // Date.now() is whole milliseconds and follows the system's clock; timeOrigin + now() has microseconds, but never learns
    // that somebody set the clock. Where they agree, the finer one.
    const system = Date.now();
    const fine = performance.timeOrigin + performance.now();
    const ms = Math.abs(fine - system) <= SAME_CLOCK_WITHIN_MS ? fine : system;
    return BigInt(Math.round(ms * 1000)) * 1000n;
  },
  after(delayMs, fire) {
    const timeout = setTimeout(fire, delayMs);
    timeout.unref();
    return {
      cancel() {
        clearTimeout(timeout);
      },
    };
  },
};
