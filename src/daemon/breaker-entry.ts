import type { Clock } from "../model/clock.js";
import type { BreakerSnapshot } from "../model/breaker.js";
import type { StateChange } from "../model/record.js";
import type { BreakerSettings } from "../model/settings.js";
import { step, ticketOf, waitMs } from "../policy/breaker.js";
import { type BreakerSubject, breakerName } from "../policy/breaker-group.js";
import {
  type BreakerEvent,
  type BreakerState,
  NEW_BREAKER,
  type Ticket,
} from "../policy/breaker-state.js";
import { outcomes } from "../policy/breaker-window.js";

export interface EntryOptions {
  clock: Clock;
  settings: () => BreakerSettings;
  changed: (change: Omit<StateChange, "spanId">) => void;
}

/** One breaker with its name, its clock and its listeners. */
export class BreakerEntry {
  readonly name: string;
  #state: BreakerState = NEW_BREAKER;
  #sinceUnixNano: bigint;
  #usedAtMs: number;

  constructor(
    readonly subject: BreakerSubject,
    private readonly options: EntryOptions,
  ) {
    this.name = breakerName(subject);
    this.#sinceUnixNano = options.clock.nowUnixNano();
    this.#usedAtMs = options.clock.nowMs();
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Of the last event, monotonic. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  get isForced(): boolean {
    return this.#state.name === "open" && this.#state.forced;
  }

  /** See policy/breaker.ts. */
  waitMs(isSole: boolean): number {
    const { clock, settings } = this.options;
    return waitMs(this.#state, settings(), isSole, clock.nowMs());
  }

  /** Only where `waitMs` was 0. */
  enter(): Ticket {
    this.apply({ type: "entered" });
    return ticketOf(this.#state);
  }

  apply(event: BreakerEvent): void {
    const { clock, settings, changed } = this.options;
    const nowMs = clock.nowMs();
    this.#usedAtMs = nowMs;
    const next = step(this.#state, event, settings(), nowMs);
    this.#state = next.state;
    for (const { from, to, rule, cause } of next.changes) {
      this.#sinceUnixNano = clock.nowUnixNano();
      const { name } = this;
      changed({ atMs: nowMs, subject: "breaker", name, from, to, rule, cause });
    }
  }

  snapshot(): BreakerSnapshot {
    const state = this.#state;
    const { clock, settings } = this.options;
    const { windowMs } = settings();
    return {
      name: this.name,
      state: state.name,
      since: new Date(Number(this.#sinceUnixNano / 1_000_000n)).toISOString(),
      forced: this.isForced,
      failures_in_row: state.row.length,
      ...outcomes(state.window, windowMs, clock.nowMs()),
      ...(state.name === "open" &&
        !state.forced && { retry_after_ms: Math.ceil(this.waitMs(false)) }),
      ...(state.name !== "closed" && { cause: state.cause, rule: state.rule }),
      ...(state.health !== undefined && { health: state.health }),
    };
  }
}
