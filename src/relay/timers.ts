import type { Clock, Timer } from "../model/clock.js";

/** Timers by name: setting one anew replaces it. */
export class Timers<Name extends string> {
  private readonly running = new Map<Name, Timer>();

  constructor(private readonly clock: Clock) {}

  set(name: Name, delayMs: number, rings: () => void): void {
    this.running.get(name)?.cancel();
    const timer = this.clock.after(delayMs, () => {
      this.running.delete(name);
      rings();
    });
    this.running.set(name, timer);
  }

  /** Without a name: all of them. */
  cancel(name?: Name): void {
    for (const one of name === undefined ? [...this.running.keys()] : [name]) {
      this.running.get(one)?.cancel();
      this.running.delete(one);
    }
  }
}
