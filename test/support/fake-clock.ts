import type { Clock, Timer } from "../../src/model/clock.js";

interface Pending {
  atMs: number;
  order: number;
  fire: () => void;
}

/** A clock that stands still until it is told otherwise. Timers fire inside `advance`, in the order of their instants. */
export class FakeClock implements Clock {
  #nowMs: number;
  #startedUnixNano: bigint;
  #startedAtMs: number;
  #order = 0;
  readonly #pending = new Set<Pending>();

  /**
   * @param nowMs the first monotonic instant
   * @param unixNano the wall clock at that instant; the default is 2026-01-01T00:00:00Z
   */
  constructor(nowMs = 1_000, unixNano = 1_767_225_600_000_000_000n) {
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs;
    this.#startedUnixNano = unixNano;
  }

  /** Timers that have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending.size;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  nowUnixNano(): bigint {
    const micros = Math.round((this.#nowMs - this.#startedAtMs) * 1000);
    return this.#startedUnixNano + BigInt(micros) * 1000n;
  }

  after(delayMs: number, fire: () => void): Timer {
    const pending: Pending = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order++,
      fire,
    };
    this.#pending.add(pending);
    return { cancel: () => void this.#pending.delete(pending) };
  }

  /** Moves time on; a timer that is set by another one and falls due on the way fires too, at its own instant. */
  advance(ms: number): void {
    const endsAtMs = this.#nowMs + ms;
    for (;;) {
      const next = this.#nextUpTo(endsAtMs);
      if (next === undefined) break;
      this.#pending.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.fire();
    }
    this.#nowMs = endsAtMs;
  }

  #nextUpTo(limitMs: number): Pending | undefined {
    let best: Pending | undefined;
    for (const one of this.#pending) {
      if (one.atMs > limitMs) continue;
      if (
        best === undefined ||
        one.atMs < best.atMs ||
        (one.atMs === best.atMs && one.order < best.order)
      )
        best = one;
    }
    return best;
  }
}
