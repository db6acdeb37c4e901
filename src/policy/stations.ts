import type { Settings } from "../model/settings.js";
import type { Source, Station } from "../model/source.js";
import type { TargetTrust } from "../model/upstream.js";
import { DIRECT, type Origin, type Way } from "../model/way.js";
import type { RoutedRequest } from "./routed-request.js";
import {
  isPrivateRequest,
  type RoutingFacts,
  type RoutingSettings,
  sourcesFor,
} from "./sources.js";
import { type NamedWay, namedWays, waysTo } from "./ways.js";

/** What decides where a request may be tried. */
export interface StationFacts extends RoutingFacts {
  settings: Pick<Settings, "offline" | "upstreams">;
  /** What the run's own proxy settings give a host. */
  wayFor(origin: Origin): Way;
  /** What this machine has of the answer, in the order of `[offline] use`. */
  stored: readonly Source[];
  /** What the client asks of the certificate of the host that go named. */
  trust?: TargetTrust | undefined;
}

/**
 * Every source that may answer a request over every way that may be taken to it, in the order in which they are tried; what this
 * machine has comes last, or first where `[offline] when = "always"`. While the session is unknown, every request that names a
 * module may be private.
 */
export function stationsFor(
  request: RoutedRequest,
  facts: StationFacts,
): Station[] {
  const { session, settings, stored, trust } = facts;
  const { info } = request;
  const isPrivate =
    session === undefined
      ? info.modulePath !== undefined
      : isPrivateRequest(info, session);
  const named = waysOf(settings.upstreams);
  const asked = sourcesFor(request, facts).flatMap((source) => {
    const own = facts.wayFor(source.origin);
    const ways = waysTo(source.origin, info.kind, isPrivate, own, named);
    return ways.map((way): Station => ({
      source,
      way,
      ...(trust !== undefined && source.role === "own" ? { trust } : {}),
    }));
  });
  const kept = stored.map((source): Station => ({ source, way: DIRECT }));
  return settings.offline.when === "always"
    ? [...kept, ...asked]
    : [...asked, ...kept];
}

/** Those of go's own settings that decide who else may answer; undefined where they are not known. */
export function routingSettings(
  goEnv: Readonly<Record<string, string>> | undefined,
): RoutingSettings | undefined {
  return (
    goEnv && {
      goproxy: goEnv["GOPROXY"],
      goprivate: goEnv["GOPRIVATE"],
      gonoproxy: goEnv["GONOPROXY"],
      gonosumdb: goEnv["GONOSUMDB"],
      gosumdb: goEnv["GOSUMDB"],
    }
  );
}

const parsed = new WeakMap<Settings["upstreams"], NamedWay[]>();

/** The `[[upstream]]`s, parsed once. */
function waysOf(upstreams: Settings["upstreams"]): NamedWay[] {
  const ways = parsed.get(upstreams) ?? namedWays(upstreams);
  parsed.set(upstreams, ways);
  return ways;
}
