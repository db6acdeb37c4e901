import type { Clock, Timer } from "../model/clock.js";
import type { HealthSettings } from "../model/settings.js";
import type { SpanRef } from "../model/span-ref.js";
import type { DialLimits, Upstream } from "../model/upstream.js";
import { checkHealth } from "./check.js";
import { afterResult, type HealthName, UNKNOWN } from "./health-state.js";
import type { HealthResult, HealthTarget } from "./health-target.js";
import { type Watched, WatchedTargets } from "./watched-targets.js";

/** What made a change: a StateChange's `rule`. */
type HealthRule = "health.failures" | "health.passed" | "network";

export interface HealthMonitorOptions {
  clock: Clock;
  upstream: Upstream;
  /** Asked at each round and each result, so that a reload counts. */
  settings(): HealthSettings;
  /** Of the dials; see CheckTerms. */
  limits(): DialLimits;
  span(): SpanRef;
  /** Only those that have a backup; asked at each round. */
  targets(): readonly HealthTarget[];
  /** A session or a breaker is open. */
  active(): boolean;
  /** Each check that says something. */
  result(target: HealthTarget, result: HealthResult): void;
  changed(
    target: HealthTarget,
    from: HealthName,
    to: HealthName,
    rule: HealthRule,
    cause: string,
  ): void;
}

export interface HealthMonitor {
  /** `active()` or `targets()` may have become more: begins at once where no round is under way, else does nothing. */
  wake(): void;
  /** By the target's name; `unknown` for one that is not watched, or was not looked at for 5 minutes. */
  state(name: string): HealthName;
  /** What an attempt of a request found counts like a check. For a target that is not watched it does nothing. */
  noted(name: string, passed: boolean, cause: string): void;
  /** The network is another one: what was found is forgotten, checks under way are dropped, and a round begins. */
  networkChanged(cause: string): void;
  /** No callback, timer or request after it. Idempotent. */
  close(): void;
}

/**
 * Watches targets: each once an interval, spread over it, the first at once; never two checks of one target at a time. While
 * `active()` is false there is no timer, and only `wake` begins again.
 */
export function startHealthMonitor(
  options: HealthMonitorOptions,
): HealthMonitor {
  const { clock } = options;
  const watched = new WatchedTargets(() => options.settings().intervalMs);
  let timer: Timer | undefined;
  let round: HealthTarget[] = [];
  let gapMs = 0;
  let closed = false;

  const judge = (one: Watched, passed: boolean, cause: string): void => {
    const before = watched.freshState(one, clock.nowMs());
    const { failures } = options.settings();
    one.state = afterResult(before, passed, failures);
    one.lookedAtMs = clock.nowMs();
    if (one.state.name === before.name) return;
    const rule = passed ? "health.passed" : "health.failures";
    options.changed(one.target, before.name, one.state.name, rule, cause);
  };

  const check = async (one: Watched, stop: AbortController): Promise<void> => {
    const { target } = one;
    const found = await checkHealth(target, {
      clock,
      upstream: options.upstream,
      limits: options.limits(),
      timeoutMs: options.settings().timeoutMs,
      span: () => options.span(),
      signal: stop.signal,
    });
    if (found !== undefined && !stop.signal.aborted) {
      const { passed, failedAt, cause, tookMs } = found;
      options.result(target, found);
      const why = passed
        ? `a check passed in ${Math.round(tookMs)} ms`
        : `${failedAt}: ${cause}`;
      // What heard the result may have ended all this.
      if (!stop.signal.aborted) judge(one, passed, why);
    }
    if (one.running === stop) delete one.running;
  };

  const next = (): void => {
    timer = undefined;
    if (!options.active()) {
      round = [];
      return;
    }
    if (round.length === 0) {
      round = watched.update(options.targets(), clock.nowMs());
      gapMs = options.settings().intervalMs / Math.max(1, round.length);
    }
    timer = clock.after(gapMs, next);
    const name = round.shift()?.name;
    const one = name === undefined ? undefined : watched.get(name);
    if (one === undefined || one.running !== undefined) return;
    one.running = new AbortController();
    void check(one, one.running);
  };

  const wake = (): void => {
    if (!closed && timer === undefined) next();
  };

  return {
    wake,
    state: (name) => {
      const one = watched.get(name);
      return one === undefined
        ? UNKNOWN.name
        : watched.freshState(one, clock.nowMs()).name;
    },
    noted(name, passed, cause) {
      const one = watched.get(name);
      if (one !== undefined && !closed) judge(one, passed, cause);
    },
    networkChanged(cause) {
      if (closed) return;
      for (const one of watched.all()) {
        one.running?.abort();
        delete one.running;
        const from = watched.freshState(one, clock.nowMs()).name;
        one.state = UNKNOWN;
        if (from !== UNKNOWN.name)
          options.changed(one.target, from, UNKNOWN.name, "network", cause);
      }
      timer?.cancel();
      timer = undefined;
      round = [];
      wake();
    },
    close() {
      closed = true;
      timer?.cancel();
      timer = undefined;
      for (const one of watched.all()) one.running?.abort();
    },
  };
}
