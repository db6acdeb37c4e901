import { foldersOf } from "../config/folders.js";
import { behindFront } from "../daemon/known-bases.js";
import { offlineStores } from "../daemon/offline-stores.js";
import { SumdbKeys } from "../daemon/sumdb-keys.js";
import { type WayOut, wayOutOf } from "../daemon/way-out.js";
import { type Log, SILENT } from "../model/log.js";
import type { SourceRole } from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Settings } from "../model/settings.js";
import type { Source, Station } from "../model/source.js";
import type { Origin } from "../model/way.js";
import { authorityOf } from "../policy/source-base.js";
import { routingSettings, stationsFor } from "../policy/stations.js";
import type { CliContext } from "./context.js";
import { beforeGotap, upstreamOf } from "./previous-proxy.js";
import { originalEnvironment } from "./saved-environment.js";

/** One place that a request may be answered from. */
export interface HeldSource {
  /** `goproxy.cn`, `gomodcache`. */
  name: string;
  role: SourceRole;
  /** What is asked for there; for `offline` the file that answers. */
  url: string;
  /** Names of the ways to it, the first one first; for `offline` none. */
  ways: string[];
}

/** What decides which sources and ways a request may use. */
export interface ReachFacts {
  info: RequestInfo;
  origin: Origin;
  /** Path and query. */
  target: string;
  /** A user name or password stands in the URL: go sends them along. */
  hasCredentials: boolean;
  /** It passes gotap unopened. */
  isTunnel: boolean;
  settings: Settings;
  /** go's own settings here; undefined where go could not be asked. */
  goEnv: Readonly<Record<string, string>> | undefined;
}

/** Where a request may be answered from, the first one first, and what could not be found out. */
export type Reach = (
  facts: ReachFacts,
) => Promise<{ sources: HeldSource[]; notices: string[] }>;

/** As a run that is started in this folder and environment would reach it: by the proxy that is set here. */
export function reachHere(context: CliContext): Reach {
  return async (facts) => {
    const notices: string[] = [];
    const log: Log = {
      ...SILENT,
      notice: (_, line) => void notices.push(line),
    };
    const before = await beforeGotap(context, foldersOf(context.env).runtime);
    const wayOut = wayOutOf(upstreamOf(before), log);
    const stations = facts.isTunnel
      ? [tunnelled(facts.origin, wayOut)]
      : stationsFor(
          {
            ...facts,
            hostHeader: authorityOf(facts.origin),
            // Git's fetch is the one request of go's that is no GET.
            repeatable: facts.info.kind !== "git-upload-pack",
          },
          {
            session: routingSettings(facts.goEnv),
            mirrors: facts.settings.mirrors,
            behindFront,
            settings: facts.settings,
            wayFor: (to) => wayOut.wayFor(to),
            stored: await storedHere(facts, context.env, log),
          },
        );
    return { sources: bySource(stations), notices };
  };
}

/** A tunnel is the client's own: it takes the run's own way, and no other. */
function tunnelled(origin: Origin, wayOut: WayOut): Station {
  const name = authorityOf(origin);
  return {
    source: { role: "own", name, origin, target: "", hostHeader: name },
    way: wayOut.wayFor(origin),
  };
}

async function storedHere(
  { goEnv, info, settings, target }: ReachFacts,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<Source[]> {
  if (settings.offline.when === "never" || info.kind === "other") return [];
  const keys = new SumdbKeys();
  await keys.learn(goEnv?.["GOSUMDB"] ?? "", goEnv?.["GOROOT"]);
  const asked = { settings, env: originalEnvironment(env), keys, log };
  return offlineStores(asked).find(info, target);
}

function bySource(stations: readonly Station[]): HeldSource[] {
  const found = new Map<Source, HeldSource>();
  for (const { source, way } of stations) {
    const { file, name, origin, role, target } = source;
    const held = found.get(source) ?? {
      name,
      role,
      url: file ?? `${origin.scheme}://${authorityOf(origin)}${target}`,
      ways: [],
    };
    if (file === undefined) held.ways.push(way.name);
    found.set(source, held);
  }
  return [...found.values()];
}
