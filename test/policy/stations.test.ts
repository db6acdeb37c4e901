import { describe, expect, it } from "vitest";

import type { Settings } from "../../src/model/settings.js";
import type { Source, Station } from "../../src/model/source.js";
import { DIRECT, type Way } from "../../src/model/way.js";
import type { RoutedRequest } from "../../src/policy/routed-request.js";
import {
  routingSettings,
  type StationFacts,
  stationsFor,
} from "../../src/policy/stations.js";

const zip: RoutedRequest = {
  info: { kind: "zip", modulePath: "x.test/m", moduleVersion: "v1.0.0" },
  origin: { scheme: "https", host: "goproxy.cn", port: 443 },
  target: "/x.test/m/@v/v1.0.0.zip",
  hostHeader: "goproxy.cn",
  hasCredentials: false,
  repeatable: true,
};
const stored: Source = {
  role: "offline",
  name: "gomodcache",
  origin: { scheme: "https", host: "gomodcache", port: 0 },
  target: zip.target,
  hostHeader: "gomodcache",
  file: "/nowhere/v1.0.0.zip",
};
const company: Way = {
  type: "http",
  name: "proxy.corp.example:3128",
  host: "proxy.corp.example",
  port: 3128,
};
const upstreams: Settings["upstreams"] = [
  { name: "backup", url: "http://backup.corp.example:8080" },
];

function facts(more: Partial<StationFacts> = {}): StationFacts {
  return {
    session: { goproxy: "https://goproxy.cn" },
    mirrors: [{ for: "goproxy.cn", urls: ["https://goproxy.io"] }],
    settings: { offline: { use: [], when: "never" }, upstreams },
    wayFor: ({ host }) => (host === "goproxy.io" ? DIRECT : company),
    stored: [],
    ...more,
  };
}

const shown = (stations: readonly Station[]): string[] =>
  stations.map(({ source, way }) => `${source.name} over ${way.name}`);

describe("stationsFor", () => {
  it("has every source over its own way first, then over the named ones", () => {
    expect(shown(stationsFor(zip, facts()))).toEqual([
      "goproxy.cn over proxy.corp.example:3128",
      "goproxy.cn over backup",
      "goproxy.io over direct",
      "goproxy.io over backup",
    ]);
  });

  it.each([
    ["failed", -1],
    ["always", 0],
  ] as const)("when = %j: what is stored stands at %i", (when, at) => {
    const offline = { use: ["gomodcache"], when };
    const settings = { offline, upstreams };
    const found = stationsFor(zip, facts({ settings, stored: [stored] }));
    expect(found).toHaveLength(5);
    expect(found.at(at)).toEqual({ source: stored, way: DIRECT });
  });

  it("keeps to the own source and way while the session is unknown", () => {
    const found = stationsFor(zip, facts({ session: undefined }));
    expect(shown(found)).toEqual(["goproxy.cn over proxy.corp.example:3128"]);
  });

  it("keeps what is private there too", () => {
    const session = { goproxy: "https://goproxy.cn", goprivate: "x.test" };
    expect(shown(stationsFor(zip, facts({ session })))).toEqual([
      "goproxy.cn over proxy.corp.example:3128",
    ]);
  });

  it("asks of the own source's certificate alone what the client asks", () => {
    const trust = { insecure: true, setBy: "GOINSECURE=goproxy.cn" };
    const found = stationsFor(zip, facts({ trust }));
    expect(found.map((station) => station.trust)).toEqual([
      trust,
      trust,
      undefined,
      undefined,
    ]);
  });
});

describe("routingSettings", () => {
  it("is what go says, and unknown where go says nothing", () => {
    const goEnv = { GOPROXY: "direct", GOPRIVATE: "x.test", GOOS: "linux" };
    expect(routingSettings(goEnv)).toEqual({
      goproxy: "direct",
      goprivate: "x.test",
    });
    expect(routingSettings(undefined)).toBeUndefined();
  });
});
