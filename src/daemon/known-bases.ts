import {
  type ProxyBase,
  proxyBases,
  sumdbBases,
} from "../classify/proxy-base.js";

import { readFrontPath } from "../intercept/front.js";
import type { Origin } from "../model/way.js";

/** The GOPROXY and GOSUMDB URLs that are known so far, parsed once each. */
export interface KnownBases {
  bases: ProxyBase[];
  /** Whether a module proxy among them stands at this origin: what the GOPROXY front may be used for. */
  serve(origin: Origin): boolean;
  /** Takes the settings of a session in. */
  learn(goEnv: Readonly<Record<string, string>>): void;
}

/** An entry of GOPROXY that leads to a GOPROXY front means the module proxy behind it (SPEC §2). */
export function behindFront(entry: string): string {
  const path = /^http:\/\/[^/]+(\/proxy\/.*)$/.exec(entry.trim())?.[1];
  const front = path === undefined ? undefined : readFrontPath(path);
  return front === undefined
    ? entry
    : `${front.origin.scheme}://${front.hostHeader}${front.target}`;
}

export function knownBases(): KnownBases {
  const learned = new Set<string>();
  const known: KnownBases = {
    bases: [],
    serve: ({ host, port }) =>
      known.bases.some(
        (base) =>
          base.serves === "modules" && base.host === host && base.port === port,
      ),
    learn(goEnv) {
      const goproxy = goEnv["GOPROXY"] ?? "";
      const gosumdb = goEnv["GOSUMDB"] ?? "";
      const key = `${goproxy}\n${gosumdb}`;
      if (learned.has(key)) return;
      learned.add(key);
      known.bases = [
        ...known.bases,
        ...proxyBases(goproxy.split(/[,|]/).map(behindFront)),
        ...sumdbBases(gosumdb),
      ];
    },
  };
  return known;
}
