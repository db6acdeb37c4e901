import type { RequestKind } from "../model/request-kind.js";
import type { UpstreamWay } from "../model/settings.js";
import type { Origin, Way } from "../model/way.js";
import { matchesHostPattern } from "./host-pattern.js";
import type { BadText } from "./host-port.js";
import { isLoopback, parseIp } from "./ip-address.js";
import { parseProxyUrl } from "./proxy-url.js";

/** One `[[upstream]]`. */
export interface NamedWay {
  way: Way;
  /** Host patterns; absent: for every public host. */
  for?: readonly string[];
}

/** The ways of the configuration, in its order, under their configured names; one that is no proxy URL gives its error. */
export function parsedWays(
  upstreams: readonly UpstreamWay[],
): (NamedWay | (BadText & { name: string }))[] {
  return upstreams.map(({ name, url, for: hosts }) => {
    const way = parseProxyUrl(url);
    if ("error" in way) return { ...way, name };
    const named = way.type === "direct" ? way : { ...way, name };
    return hosts === undefined ? { way: named } : { way: named, for: hosts };
  });
}

/** Those of parsedWays that are ways. */
export function namedWays(upstreams: readonly UpstreamWay[]): NamedWay[] {
  return parsedWays(upstreams).filter((one) => "way" in one);
}

/** git and go-get ask hosts of code, private or not; what is no request of go's own takes no other way at all. */
const NEEDS: Partial<Record<RequestKind, "named" | "own">> = {
  "go-get": "named",
  "git-refs": "named",
  "git-upload-pack": "named",
  telemetry: "own",
  other: "own",
};

/**
 * The ways to a host in the order in which they are tried: its own, then those of the configuration that name the host in `for`,
 * or have no `for` where the request is a public one (SPEC §4); each proxy once. A host on loopback takes only a way that names it:
 * a proxy's loopback is another machine's.
 * @param isPrivate the request names what is private or may be (isPrivateRequest)
 * @param own what the run's own proxy settings give the host
 */
export function waysTo(
  origin: Origin,
  kind: RequestKind,
  isPrivate: boolean,
  own: Way,
  named: readonly NamedWay[],
): Way[] {
  const { host } = origin;
  const needs = NEEDS[kind];
  const isPublic = needs === undefined && !isPrivate && !isThisMachine(host);
  const others = named.filter(
    ({ for: patterns }) =>
      needs !== "own" &&
      (patterns?.some((pattern) => matchesHostPattern(pattern, host)) ??
        isPublic),
  );
  const seen = new Set<string>();
  return [own, ...others.map(({ way }) => way)].filter((way) => {
    const key = keyOf(way);
    return !seen.has(key) && seen.add(key);
  });
}

function isThisMachine(host: string): boolean {
  const ip = parseIp(host);
  return ip === undefined ? /(?:^|\.)localhost\.?$/.test(host) : isLoopback(ip);
}

function keyOf(way: Way): string {
  if (way.type === "direct") return way.type;
  const { type, host, port, username = "", password = "" } = way;
  return JSON.stringify([type, host, port, username, password]);
}
