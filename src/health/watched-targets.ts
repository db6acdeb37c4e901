import { type HealthState, UNKNOWN } from "./health-state.js";
import type { HealthTarget } from "./health-target.js";

/** A breaker that is open keeps the checks going for so long at most (`breaker.open_for`); what is older says nothing. */
const REMEMBERED_MS = 300_000;

/** Where the interval is long, a state is remembered for so many of it. */
const REMEMBERED_INTERVALS = 3;

export interface Watched {
  /** As it was handed in last. */
  target: HealthTarget;
  state: HealthState;
  /** Of its last result, or of its being taken in. */
  lookedAtMs: number;
  /** Its check under way. */
  running?: AbortController;
}

/** The targets and what is known of each, by name. */
export class WatchedTargets {
  private readonly byName = new Map<string, Watched>();

  constructor(private readonly intervalMs: () => number) {}

  get(name: string): Watched | undefined {
    return this.byName.get(name);
  }

  /** May change while it is gone through. */
  all(): Watched[] {
    return [...this.byName.values()];
  }

  /** Its state, or `unknown` where that is too old. */
  freshState(one: Watched, nowMs: number): HealthState {
    return this.isOld(one, nowMs) ? UNKNOWN : one.state;
  }

  /**
   * Takes the list of a round in. One that is not in it any more keeps its state until that is too old.
   * @returns the list, each name once
   */
  update(targets: readonly HealthTarget[], nowMs: number): HealthTarget[] {
    const named = new Map(targets.map((one) => [one.name, one]));
    for (const [name, one] of this.byName)
      if (!named.has(name) && this.isOld(one, nowMs)) this.byName.delete(name);
    for (const [name, target] of named) {
      const known = this.byName.get(name);
      if (known === undefined)
        this.byName.set(name, { target, state: UNKNOWN, lookedAtMs: nowMs });
      else known.target = target;
    }
    return [...named.values()];
  }

  private isOld(one: Watched, nowMs: number): boolean {
    const rememberedMs = Math.max(
      REMEMBERED_MS,
      REMEMBERED_INTERVALS * this.intervalMs(),
    );
    return nowMs - one.lookedAtMs > rememberedMs;
  }
}
