/** A timer that has not fired; cancel twice does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as the data thread sees it. Tests hand in a clock of their own (test/support/fake-clock.ts). */
export interface Clock {
  /** Monotonic, in milliseconds since some instant of this process, rounded to whole microseconds. */
  nowMs(): number;
  /** Wall clock in nanoseconds since 1970. */
  nowUnixNano(): bigint;
  /** Fires once, never early, on the event loop; does not keep the process alive. */
  after(delayMs: number, fire: () => void): Timer;
}
