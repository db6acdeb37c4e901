import type { BreakerSettings } from "../../src/model/settings.js";
import { step, ticketOf, waitMs } from "../../src/policy/breaker.js";
import {
  type BreakerChange,
  type BreakerEvent,
  type BreakerState,
  NEW_BREAKER,
  type Ticket,
} from "../../src/policy/breaker-state.js";

export const DEFAULT: BreakerSettings = {
  failures: 5,
  failureRate: 0.5,
  windowMs: 30_000,
  openForMs: 15_000,
  halfOpen: 1,
};

/** A breaker with a clock that a test moves. */
export class Played {
  state: BreakerState = NEW_BREAKER;
  readonly changes: BreakerChange[] = [];
  nowMs = 1000;
  private exchanges = 0;

  constructor(readonly settings: BreakerSettings = DEFAULT) {}

  at(nowMs: number): this {
    this.nowMs = nowMs;
    return this;
  }

  on(event: BreakerEvent): void {
    const next = step(this.state, event, this.settings, this.nowMs);
    this.state = next.state;
    this.changes.push(...next.changes);
  }

  wait(isSole = false): number {
    return waitMs(this.state, this.settings, isSole, this.nowMs);
  }

  enter(): Ticket {
    this.on({ type: "entered" });
    return ticketOf(this.state);
  }

  end(
    ticket: Ticket,
    outcome: "succeeded" | "failed" | "neither",
    more: { countsAs?: string; retryAfterMs?: number } = {},
  ): void {
    const countsAs = more.countsAs ?? `x${++this.exchanges}`;
    this.on({
      type: "ended",
      ticket,
      outcome,
      cause: "reset",
      ...more,
      countsAs,
    });
  }

  /** Whole attempts, one after another. */
  attempts(count: number, outcome: "succeeded" | "failed" | "neither"): this {
    for (let i = 0; i < count; i++) this.end(this.enter(), outcome);
    return this;
  }

  health(health: "healthy" | "unhealthy" | "unknown"): void {
    this.on({ type: "health", health, cause: "tcp: timed out" });
  }

  get names(): string[] {
    return this.changes.map(({ to, rule }) => `${to} by ${rule}`);
  }
}
