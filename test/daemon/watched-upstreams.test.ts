import { expect, it } from "vitest";

import { WatchedUpstreams } from "../../src/daemon/watched-upstreams.js";
import type { ExchangeRecord } from "../../src/model/record.js";
import type { RequestInfo } from "../../src/model/request-kind.js";
import type { Station } from "../../src/model/source.js";
import { DIRECT, type Way } from "../../src/model/way.js";
import { FakeClock } from "../support/fake-clock.js";

const BACKUP: Way = {
  type: "http",
  name: "backup",
  host: "127.0.0.1",
  port: 8080,
};
const origin = { scheme: "https", host: "goproxy.cn", port: 443 } as const;

function info(modulePath: string): RequestInfo {
  return { kind: "info", modulePath, moduleVersion: "v1.0.0", template: "" };
}

function at(modulePath: string, way: Way): Station {
  const target = `/base/${modulePath}/@v/v1.0.0.info`;
  return {
    source: {
      role: "own",
      name: origin.host,
      origin,
      target,
      hostHeader: origin.host,
    },
    way,
  };
}

function answered(modulePath: string, way: Way): ExchangeRecord {
  return {
    type: "exchange",
    exchangeId: "0123456789ab",
    sessionId: "",
    via: "connect",
    connectionId: 1,
    protocol: "2",
    method: "GET",
    ...origin,
    target: `/base/${modulePath}/@v/v1.0.0.info`,
    request: info(modulePath),
    startedAtMs: 0,
    endedAtMs: 1,
    requestBytes: 0,
    responseBytes: 1,
    attempts: [
      {
        index: 0,
        way: way.name,
        ...origin,
        startedAtMs: 0,
        status: 200,
        bodyBytes: 1,
      },
    ],
  };
}

it("a path is asked again only where it was answered: over the same way", () => {
  const watched = new WatchedUpstreams(new FakeClock());
  const open = "example.com/m";
  watched.routed([at(open, DIRECT), at(open, BACKUP)], info(open));
  watched.ended(answered(open, BACKUP));
  // Of a private module only the own way knows.
  watched.ended(answered("corp.example/secret", DIRECT));
  const probes = watched
    .targets()
    .map((target) => [target.name, target.basePath, target.probe()?.target]);
  expect(probes).toEqual([
    [
      "goproxy.cn:443 modules",
      "/base",
      "/base/corp.example/secret/@v/v1.0.0.info",
    ],
    [
      "goproxy.cn:443 modules via backup",
      "/base",
      "/base/example.com/m/@v/v1.0.0.info",
    ],
  ]);
});

it("what has no backup, and what is no module proxy, is not watched", () => {
  const watched = new WatchedUpstreams(new FakeClock());
  const open = "example.com/m";
  watched.routed([at(open, DIRECT)], info(open));
  watched.routed([at(open, DIRECT), at(open, BACKUP)], {
    ...info(open),
    kind: "git-refs",
  });
  expect(watched.targets()).toEqual([]);
});
