import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { RequestKind } from "../../src/model/request-kind.js";
import { DIRECT } from "../../src/model/way.js";
import type { RoutedRequest } from "../../src/policy/routed-request.js";
import { isPrivateRequest, sourcesFor } from "../../src/policy/sources.js";
import { namedWays, waysTo } from "../../src/policy/ways.js";

// SPEC §4's privacy rule once more, in other words than the code's: by host names and the text of GOPROXY alone.

const HOSTS = ["a.example", "b.example", "c.example", "d.example"];
const MIRROR_HOSTS = ["m.example.org", "n.example.org", ...HOSTS];
const DATABASE = "sum.example.com";
const MODULES = ["x.corp.example/secret", "y.example/open"];
const STABLE = ["v1.2.3", "v0.0.0-20210101000000-abcdef012345"];
const MOVING = ["main", "v1", "v1.2"];

const entry = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...HOSTS,
      ...HOSTS.map((host) => `https://${host}/`),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "direct",
      "off",
      "file:///srv",
      "https://u:p@k.example",
      "",
    ),
  },
);
const chain = fc
  .array(fc.tuple(entry, fc.constantFrom(",", "|")), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.flat().join(""));

const mirrors = fc.array(
  fc.record({
    for: fc.constantFrom(...HOSTS, DATABASE),
    urls: fc.array(
      fc.constantFrom(...MIRROR_HOSTS).map((host) => `https://${host}`),
      { minLength: 1, maxLength: 2 },
    ),
  }),
  { maxLength: 3 },
);

interface Asked {
  request: RoutedRequest;
  /** Canonical files, look-ups and tiles. */
  fixed: boolean;
}

function requestOf(
  host: string,
  kind: RequestKind,
  target: string,
  names: Partial<RoutedRequest["info"]>,
  fixed: boolean,
): Asked {
  return {
    fixed,
    request: {
      origin: { scheme: "https", host, port: 443 },
      target,
      hostHeader: host,
      info: { kind, ...names },
      hasCredentials: false,
      repeatable: true,
    },
  };
}

const moduleRequest = fc
  .tuple(
    fc.constantFrom(...HOSTS),
    fc.constantFrom(...MODULES),
    fc.constantFrom(...STABLE, ...MOVING),
    fc.constantFrom("list", "latest", "info", "mod", "zip"),
  )
  .map(([host, modulePath, moduleVersion, kind]): Asked => {
    if (kind === "list")
      return requestOf(
        host,
        kind,
        `/${modulePath}/@v/list`,
        { modulePath },
        false,
      );
    if (kind === "latest")
      return requestOf(
        host,
        kind,
        `/${modulePath}/@latest`,
        { modulePath },
        false,
      );
    return requestOf(
      host,
      kind,
      `/${modulePath}/@v/${moduleVersion}.${kind}`,
      { modulePath, moduleVersion },
      STABLE.includes(moduleVersion),
    );
  });

const sumdbRequest = fc
  .tuple(
    fc.constantFrom(...HOSTS, DATABASE),
    fc.constantFrom(...MODULES),
    fc.constantFrom("sumdb-lookup", "sumdb-tile", "sumdb-latest"),
  )
  .map(([host, modulePath, kind]): Asked => {
    const front = host === DATABASE ? "" : `/sumdb/${DATABASE}`;
    const sumdbName = DATABASE;
    if (kind === "sumdb-latest")
      return requestOf(host, kind, `${front}/latest`, { sumdbName }, false);
    if (kind === "sumdb-tile")
      return requestOf(
        host,
        kind,
        `${front}/tile/8/0/001`,
        { sumdbName, sumdbTile: "8/0/001" },
        true,
      );
    return requestOf(
      host,
      kind,
      `${front}/lookup/${modulePath}@v1.2.3`,
      { sumdbName, modulePath, moduleVersion: "v1.2.3" },
      true,
    );
  });

const patterns = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("", "none", "*.corp.example") },
  { weight: 1, arbitrary: fc.constant("*") },
);
const session = fc.record({
  goproxy: chain,
  goprivate: patterns,
  gonoproxy: patterns,
  gonosumdb: patterns,
  gosumdb: fc.constantFrom(DATABASE, `${DATABASE}+1+x`, "off"),
});
const anything = fc.tuple(
  fc.oneof(moduleRequest, sumdbRequest),
  session,
  mirrors,
);

/** Host (`?` for what gotap cannot ask) and separator of each entry, up to `direct` or `off`. */
function entriesOf(goproxy: string): { host: string; mark: string }[] {
  const entries: { host: string; mark: string }[] = [];
  for (const part of goproxy.match(/[^,|]*[,|]?/g) ?? []) {
    const text = part.replace(/[,|]$/, "");
    if (text === "") continue;
    const host = text.replace("https://", "").replace(/\/$/, "");
    const known = HOSTS.includes(host) || host === "direct" || host === "off";
    entries.push({ host: known ? host : "?", mark: part.slice(text.length) });
    if (host === "direct" || host === "off") break;
  }
  return entries;
}

/** From a host on, those that `|` alone leads to, the host itself included. */
function acrossBars(goproxy: string, host: string): string[] {
  const entries = entriesOf(goproxy);
  const first = entries.findIndex((one) => one.host === host);
  if (first < 0) return [];
  const reached = [host];
  for (let at = first; entries[at]?.mark === "|"; at++) {
    const next = entries[at + 1]?.host ?? "?";
    if (!HOSTS.includes(next)) break;
    reached.push(next);
  }
  return reached;
}

/** Every name that the rule lets a request reach. */
function allowedHosts(
  { fixed, request }: Asked,
  settings: { goproxy: string; gosumdb: string } & Record<string, string>,
  named: { for: string; urls: string[] }[],
): Set<string> {
  const { host } = request.origin;
  const allowed = new Set([host]);
  const secret = request.info.modulePath === MODULES[0];
  const lists = ["goprivate", "gonoproxy", "gonosumdb"].map(
    (name) => settings[name] ?? "",
  );
  if (request.info.modulePath !== undefined && lists.includes("*"))
    return allowed;
  if (secret && lists.includes("*.corp.example")) return allowed;
  const isSumdb = request.info.kind.startsWith("sumdb");
  const all = entriesOf(settings.goproxy).map((one) => one.host);
  if (isSumdb && settings.gosumdb === "off") return allowed;
  if (host !== DATABASE && !all.includes(host)) return allowed;
  const hops =
    isSumdb && fixed
      ? all.filter((one) => HOSTS.includes(one))
      : acrossBars(settings.goproxy, host);
  for (const hop of hops) allowed.add(hop);
  if (!fixed) return allowed;
  const mirrored = [host, ...hops, ...(isSumdb ? [DATABASE] : [])];
  if (isSumdb && all.includes("direct")) allowed.add(DATABASE);
  for (const mirror of named)
    if (mirrored.includes(mirror.for))
      for (const url of mirror.urls) allowed.add(new URL(url).hostname);
  return allowed;
}

describe("whatever the chain, the mirrors and the request", () => {
  it("nobody is asked whom the privacy rule does not name, and everybody whom it does", () => {
    let borrowed = 0;
    fc.assert(
      fc.property(anything, ([asked, settings, named]) => {
        const found = sourcesFor(asked.request, {
          session: settings,
          mirrors: named,
        });
        const reached = new Set(found.map(({ origin }) => origin.host));
        expect([...reached].toSorted()).toEqual(
          [...allowedHosts(asked, settings, named)].toSorted(),
        );
        if (reached.size > 1) borrowed++;
        expect(found[0]).toMatchObject({
          role: "own",
          target: asked.request.target,
        });
      }),
      { numRuns: 3000 },
    );
    // The rule must have had something to say.
    expect(borrowed).toBeGreaterThan(300);
  });

  it("nobody is asked twice, and everybody for the same file", () => {
    fc.assert(
      fc.property(anything, ([asked, settings, named]) => {
        const found = sourcesFor(asked.request, {
          session: settings,
          mirrors: named,
        });
        const places = found.map(({ origin, target }) => origin.host + target);
        expect(new Set(places).size).toBe(places.length);
        const bare = (target: string) =>
          target.replace(`/sumdb/${DATABASE}`, "");
        for (const { target } of found)
          expect(bare(target)).toBe(bare(asked.request.target));
      }),
    );
  });

  it("credentials, another method and an unknown session leave one source", () => {
    fc.assert(
      fc.property(
        anything,
        fc.constantFrom("credentials", "method", "session"),
        ([asked, settings, named], why) => {
          const found = sourcesFor(
            {
              ...asked.request,
              hasCredentials: why === "credentials",
              repeatable: why !== "method",
            },
            {
              session: why === "session" ? undefined : settings,
              mirrors: named,
            },
          );
          expect(found.map(({ role }) => role)).toEqual(["own"]);
        },
      ),
    );
  });

  it("what is private takes no way that does not name the host", () => {
    const ways = namedWays([
      { name: "open", url: "http://192.0.2.1:8080" },
      { name: "named", url: "http://192.0.2.2:8080", for: ["a.example"] },
    ]);
    fc.assert(
      fc.property(anything, ([asked, settings, named]) => {
        const { request } = asked;
        const isPrivate = isPrivateRequest(request.info, settings);
        for (const { origin } of sourcesFor(request, {
          session: settings,
          mirrors: named,
        })) {
          const taken = waysTo(
            origin,
            request.info.kind,
            isPrivate,
            DIRECT,
            ways,
          ).map(({ name }) => name);
          expect(taken[0]).toBe("direct");
          expect(taken.includes("open")).toBe(!isPrivate);
          expect(taken.includes("named")).toBe(origin.host === "a.example");
        }
      }),
    );
  });
});
