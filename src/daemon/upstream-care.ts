import { startHealthMonitor } from "../health/monitor.js";
import { watchNetwork } from "../health/watch-network.js";
import type { Clock } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Settings } from "../model/settings.js";
import type { Station } from "../model/source.js";
import type { Upstream } from "../model/upstream.js";
import { BreakerBoard } from "./breaker-board.js";
import { newSpanId, newTraceId } from "./ids.js";
import type { SessionTracker } from "./session-tracker.js";
import { WatchedUpstreams } from "./watched-upstreams.js";

export interface UpstreamCareOptions {
  clock: Clock;
  log: Log;
  /** As they are now. */
  settings: Settings;
  upstream: Upstream;
  sessions: Pick<SessionTracker, "active" | "noteChange">;
}

/** What gotap keeps about upstreams: breakers, health, the network they are reached over. */
export interface UpstreamCare {
  breakers: BreakerBoard;
  /** A request's stations are known. */
  routed(stations: readonly Station[], info: RequestInfo): void;
  /** A request is over. */
  ended(record: ExchangeRecord): void;
  close(): void;
}

/** Joins breakers, health checks and the watch for another network; what changes is noted in the sessions that are open. */
export function careForUpstreams(options: UpstreamCareOptions): UpstreamCare {
  const { clock, log, sessions, settings, upstream } = options;
  const watched = new WatchedUpstreams(clock);
  const breakers = new BreakerBoard({
    clock,
    settings: () => settings.breaker,
  });
  const active = (): boolean => sessions.active || breakers.opened().length > 0;
  const monitor = startHealthMonitor({
    clock,
    upstream,
    settings: () => settings.health,
    limits: () => settings.timeouts,
    span: () => ({ traceId: newTraceId(), spanId: newSpanId() }),
    targets: () => watched.targets(),
    active,
    result: () => {},
    changed({ name }, from, to, rule, cause) {
      const subject = watched.subjectOf(name);
      if (subject !== undefined) breakers.health(subject, to, cause);
      // That what nobody had looked at is well is no news.
      if (from === "unknown" && to === "healthy") return;
      const atMs = clock.nowMs();
      const change = { atMs, subject: "health" as const, name, from, to };
      sessions.noteChange({ ...change, rule, cause });
    },
  });
  const network = watchNetwork({
    clock,
    active,
    changed(cause, change) {
      sessions.noteChange({
        atMs: clock.nowMs(),
        subject: "network",
        rule: "network",
        ...change,
      });
      breakers.networkChanged(cause);
      monitor.networkChanged(cause);
    },
  });
  breakers.onChange((change) => {
    sessions.noteChange(change);
    const { cause, from, name, rule, to } = change;
    const why = cause === undefined ? "" : `: ${cause}`;
    log.debug(`breaker ${name}: ${from} → ${to} (${rule})${why}`);
    monitor.wake();
    network.wake();
  });
  return {
    breakers,
    routed(stations, info) {
      watched.routed(stations, info);
      monitor.wake();
      network.wake();
    },
    ended: (record) => {
      watched.ended(record);
    },
    close() {
      monitor.close();
      network.close();
    },
  };
}
