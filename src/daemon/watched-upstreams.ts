import type { HealthTarget } from "../health/health-target.js";
import type { Clock } from "../model/clock.js";
import { escapeCapitals } from "../model/module-name.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Station } from "../model/source.js";
import { type BreakerSubject, breakerName } from "../policy/breaker-group.js";

/** Nobody asked for it for so long: it is not watched any more. */
const FORGOTTEN_AFTER_MS = 10 * 60_000;
const MOST_TARGETS = 100;

interface Seen {
  subject: BreakerSubject;
  target: HealthTarget;
  /** Path of an `.info` that it was asked for, and answered with 200. */
  probe?: string;
  seenAtMs: number;
}

/** The module proxies that have a backup, learned from the requests that had more than one station. */
export class WatchedUpstreams {
  readonly #byName = new Map<string, Seen>();

  constructor(private readonly clock: Clock) {}

  /** A request's stations are known. */
  routed(stations: readonly Station[], info: RequestInfo): void {
    const asked = stations.filter(({ source }) => source.role !== "offline");
    if (stations.length < 2 || !WATCHED_KINDS.has(info.kind)) return;
    for (const station of asked) this.#see(station, info);
  }

  /** A request is over: an `.info` that was answered with 200 is what the next check asks for there, over the same way. */
  ended(record: ExchangeRecord): void {
    if (record.request.kind !== "info") return;
    for (const attempt of record.attempts) {
      if (attempt.status !== 200 || attempt.failure !== undefined) continue;
      for (const seen of this.#byName.values())
        if (
          // Over another way the path may be nobody's business: its module may be private.
          seen.target.way.name === attempt.way &&
          seen.target.origin.host === attempt.host &&
          seen.target.origin.port === attempt.port
        )
          seen.probe = attempt.target ?? record.target;
    }
  }

  targets(): HealthTarget[] {
    const beforeMs = this.clock.nowMs() - FORGOTTEN_AFTER_MS;
    for (const [name, { seenAtMs }] of this.#byName)
      if (seenAtMs < beforeMs) this.#byName.delete(name);
    return [...this.#byName.values()].map(({ target }) => target);
  }

  subjectOf(name: string): BreakerSubject | undefined {
    return this.#byName.get(name)?.subject;
  }

  #see(station: Station, info: RequestInfo): void {
    const { source, trust, way } = station;
    const basePath = baseOf(source.target, info);
    if (basePath === undefined) return;
    const { origin, hostHeader } = source;
    const subject: BreakerSubject = { way, origin, group: "modules" };
    const name = breakerName(subject);
    const known = this.#byName.get(name);
    if (known !== undefined) {
      known.seenAtMs = this.clock.nowMs();
      return;
    }
    if (this.#byName.size >= MOST_TARGETS) return;
    const seen: Seen = {
      subject,
      seenAtMs: this.clock.nowMs(),
      target: {
        name,
        origin,
        basePath,
        hostHeader,
        way,
        ...(trust === undefined ? {} : { trust }),
        probe: () =>
          seen.probe === undefined
            ? undefined
            : { target: seen.probe, expects: "info" },
      },
    };
    this.#byName.set(name, seen);
  }
}

const WATCHED_KINDS: ReadonlySet<RequestInfo["kind"]> = new Set([
  "list",
  "info",
  "mod",
  "zip",
  "latest",
]);

/** What stands before the module's path, without the last slash. */
function baseOf(
  target: string,
  { modulePath = "" }: RequestInfo,
): string | undefined {
  const module = escapeCapitals(modulePath);
  const at = target.replaceAll("%21", "!").lastIndexOf(`/${module}/@`);
  return at < 0 ? undefined : target.slice(0, at);
}
