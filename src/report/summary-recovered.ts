import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import { spanIdOf } from "../model/span-ref.js";
import { exchangeFailed } from "../span/outcome.js";
import {
  askedFirst,
  isBorrowed,
  servedBy,
  type Share,
  sharesOf,
} from "../span/served.js";
import { requestTitle, shortHost, sourceText } from "./request-title.js";

/** Requests that got their answer although an attempt failed: what each of them owes it to, counted once. */
export interface RecoveredSummary {
  requests: number;
  /** Answered by a source that go did not name, most first: `mirror goproxy.io`, `gomodcache`. */
  sources: { source: string; requests: number }[];
  /** Else: a body that broke off and went on at its own source. */
  resumed: number;
  /** Else: over another way out, most first. */
  ways: { way: string; requests: number }[];
  /** Else: tried again. */
  retried: number;
}

/** A body that was put together from two sources or more. */
export interface MixedBody {
  /** `golang.org/x/tools@v0.30.0.zip`. */
  request: string;
  /** In order; `from` is where in the body its part begins. */
  parts: { source: string; from: number }[];
  /** The SERVER span. */
  span_id: string;
}

/** Attempts that a circuit breaker did not let through, by host. */
export interface RefusedByBreaker {
  host: string;
  attempts: number;
}

export function summarizeRecovered(
  requests: readonly ExchangeRecord[],
): RecoveredSummary {
  const sources = new Map<string, number>();
  const ways = new Map<string, number>();
  const found = { requests: 0, resumed: 0, retried: 0 };
  for (const exchange of requests) {
    if (!isRecovered(exchange)) continue;
    found.requests++;
    const shares = sharesOf(exchange);
    const source = servedBy(exchange);
    const way = shares.at(-1)?.attempt.way;
    if (source !== undefined) count(sources, sourceName(source));
    else if (shares.length > 1) found.resumed++;
    else if (way !== undefined && way !== exchange.attempts[0]?.way)
      count(ways, way);
    else found.retried++;
  }
  return {
    requests: found.requests,
    sources: mostFirst(sources).map(([source, number]) => ({
      source,
      requests: number,
    })),
    resumed: found.resumed,
    ways: mostFirst(ways).map(([way, number]) => ({ way, requests: number })),
    retried: found.retried,
  };
}

/** Requests that another source answered at the first attempt: `[offline] when = "always"`. */
export function summarizeElsewhere(
  requests: readonly ExchangeRecord[],
): { source: string; requests: number }[] {
  const sources = new Map<string, number>();
  for (const exchange of requests) {
    const [only, ...others] = exchange.attempts;
    if (only !== undefined && others.length === 0 && isBorrowed(only))
      if (sharesOf(exchange).length > 0) count(sources, sourceName(only));
  }
  return mostFirst(sources).map(([source, number]) => ({
    source,
    requests: number,
  }));
}

export function mixedBodies(requests: readonly ExchangeRecord[]): MixedBody[] {
  return requests.flatMap((exchange) => {
    const parts = sharesOf(exchange).map(({ attempt, from }: Share) => ({
      source: sourceName(askedFirst(exchange, attempt)),
      from,
    }));
    // What went on at its own source is one part.
    const apart = parts.filter(
      ({ source }, index) => source !== parts[index - 1]?.source,
    );
    return apart.length < 2
      ? []
      : [
          {
            request: requestTitle(exchange),
            parts: apart,
            span_id: spanIdOf(exchange.exchangeId),
          },
        ];
  });
}

export function refusedByBreakers(
  requests: readonly ExchangeRecord[],
): RefusedByBreaker[] {
  const hosts = new Map<string, number>();
  for (const attempt of requests.flatMap(({ attempts }) => attempts))
    if (attempt.failure?.kind === "breaker-open")
      count(hosts, sourceName(attempt));
  return mostFirst(hosts).map(([host, attempts]) => ({ host, attempts }));
}

/** Dialling anew where the peer had closed a kept connection is no recovery: go does it, too, and says nothing. */
function isRecovered(exchange: ExchangeRecord): boolean {
  const { attempts, endedAtMs } = exchange;
  return (
    endedAtMs !== undefined &&
    exchange.failure === undefined &&
    !exchangeFailed(exchange) &&
    attempts.slice(1).some(({ reason }) => reason !== "stale-connection") &&
    sharesOf(exchange).length > 0
  );
}

/** `goproxy.cn`, `mirror goproxy.io:8443`; escaped. */
export function sourceName({
  host,
  port,
  scheme,
  source,
}: AttemptRecord): string {
  return sourceText(source, shortHost(scheme, host, port));
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

function mostFirst(map: ReadonlyMap<string, number>): [string, number][] {
  return [...map].toSorted(([, a], [, b]) => b - a);
}
