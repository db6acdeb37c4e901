import { describe, expect, it } from "vitest";

import { loadSettings } from "../../src/config/load-settings.js";
import { knownBases } from "../../src/daemon/known-bases.js";
import {
  type Behind,
  type Places,
  planRequest,
  planTunnel,
} from "../../src/daemon/planner.js";
import { wayOutOf } from "../../src/daemon/way-out.js";
import type { ClientRequest, ClientTunnel } from "../../src/model/client.js";
import type { Settings } from "../../src/model/settings.js";
import type { Plan } from "../../src/relay/options.js";

const { settings } = loadSettings({
  env: { GOTAP_HOME: "/nowhere/gotap" },
  cwd: "/nowhere",
});
const GO_ENV = {
  GOPROXY: "https://goproxy.cn|https://goproxy.io,direct",
  GOPRIVATE: "corp.example",
};
const SETTLED: Behind = {
  wayOut: wayOutOf({ https: "http://proxy.corp.example:3128" }),
  bases: knownBases(),
  facts: () => ({ command: "go mod download", goEnv: GO_ENV }),
  settled: () => undefined,
  trustFor: () => undefined,
};
const places: Places = { offline: { find: async () => [] }, routed() {} };
const connection = {
  id: 7,
  remoteAddress: "127.0.0.1",
  remotePort: 1,
  localPort: 2,
  openedAtMs: 0,
};
const origin = { scheme: "https" as const, host: "goproxy.cn", port: 443 };

function request(
  target: string,
  more: Partial<ClientRequest> = {},
): ClientRequest {
  return {
    connection,
    via: "connect",
    protocol: "2",
    method: "GET",
    origin,
    target,
    headers: [],
    hostHeader: "goproxy.cn",
    body: undefined,
    receivedAtMs: 0,
    response: {
      head() {},
      informational() {},
      onGone() {},
      sink: { write: () => true, onDrain() {}, end() {}, reset() {} },
    },
    ...more,
  };
}

async function plan(
  target: string,
  more?: Partial<ClientRequest>,
  behind: Behind = SETTLED,
  within: Settings = settings,
): Promise<Plan> {
  return planRequest(request(target, more), within, behind, places);
}

const ZIP = "/example.com/m/@v/v1.0.0.zip";

describe("planRequest", () => {
  it("classifies, limits and gives sources and ways", async () => {
    const planned = await plan(ZIP);
    const { info, mayBorrow } = planned;
    expect(info).toMatchObject({ kind: "zip", modulePath: "example.com/m" });
    const { dial, stations, terms } = planned.route();
    expect(terms).toMatchObject({
      limits: { firstByteMs: 30_000, bodyIdleMs: 30_000 },
      patience: { firstByteMs: 120_000, bodyIdleMs: 120_000 },
      attempts: 3,
      repeatable: true,
      stations: [{ source: 0 }, { source: 1 }],
      stationsKnown: true,
    });
    expect(dial).toMatchObject({ dnsMs: 5_000, tlsMs: 10_000 });
    expect(stations.map(({ source }) => [source.role, source.name])).toEqual([
      ["own", "goproxy.cn"],
      ["chain", "goproxy.io"],
    ]);
    expect(stations[0]?.way).toMatchObject({ type: "http", port: 3128 });
    expect(mayBorrow).toBe(true);
  });

  it("counts the own source as 0 also where what this machine has comes first", async () => {
    const { source } = (await plan(ZIP)).route().stations[0] ?? {};
    if (source === undefined) throw new Error("there is no own source");
    const kept = { ...source, role: "offline" as const, file: "/kept.zip" };
    const always = { ...settings.offline, when: "always" as const };
    const planned = await planRequest(
      request(ZIP),
      { ...settings, offline: always },
      SETTLED,
      { ...places, offline: { find: async () => [kept] } },
    );
    const { stations, terms } = planned.route();
    expect(stations.map((one) => one.source.role)).toEqual([
      "offline",
      "own",
      "chain",
    ]);
    expect(terms.stations.map((one) => one.source)).toEqual([1, 0, 2]);
  });

  it("asks nobody but the own source while the session's settings are not known", async () => {
    let resolve = (): void => {};
    const settled = new Promise<void>((done) => {
      resolve = done;
    });
    let known = false;
    const early: Behind = {
      ...SETTLED,
      facts: () => (known ? SETTLED.facts() : {}),
      settled: () => (known ? undefined : settled),
    };
    const planned = await plan(ZIP, {}, early);
    expect(planned.route().stations).toHaveLength(1);
    expect(planned.route().terms.stationsKnown).toBe(false);
    known = true;
    resolve();
    await planned.known;
    expect(planned.route().stations).toHaveLength(2);
    expect(planned.route().terms.stationsKnown).toBe(true);
  });

  it("keeps a private module with the host that go named", async () => {
    const planned = await plan("/corp.example/m/@v/v1.0.0.zip");
    expect(planned.route().stations).toHaveLength(1);
    expect(planned.mayBorrow).toBe(false);
  });

  it("goes by the rules of the moment at which the request came", async () => {
    const within = { ...settings };
    const planned = await plan(ZIP, {}, SETTLED, within);
    within.retry = { ...within.retry, attempts: 9 };
    expect(planned.route().terms.attempts).toBe(3);
  });

  it("takes GOPROXY_TIMEOUT and GOPROXY_RETRY from the session's environment", async () => {
    const behind: Behind = {
      ...SETTLED,
      facts: () => ({
        goEnv: { ...GO_ENV, GOPROXY_TIMEOUT: "7s", GOPROXY_RETRY: "1" },
      }),
    };
    const { retry, terms } = (await plan(ZIP, {}, behind)).route();
    expect(terms).toMatchObject({
      limits: { firstByteMs: 7_000, bodyIdleMs: 7_000 },
      patience: { firstByteMs: 7_000 },
      attempts: 2,
    });
    expect(retry).toMatchObject({ backoffMs: 1000, maxBackoffMs: 1000 });
  });

  it("git has five minutes to think, however long patience is", async () => {
    const planned = await plan("/r.git/git-upload-pack", { method: "POST" });
    expect(planned.info.kind).toBe("git-upload-pack");
    const { terms } = planned.route();
    expect(terms.patience.firstByteMs).toBe(300_000);
    expect(terms.repeatable).toBe(false);
  });

  it("what is none of go's has no limit and one try", async () => {
    const planned = await plan("/some/page");
    expect(planned.info.kind).toBe("other");
    const { dial, terms } = planned.route();
    expect(terms).toMatchObject({
      limits: { firstByteMs: 0, bodyIdleMs: 0 },
      patience: { firstByteMs: 0, bodyIdleMs: 0 },
      totalMs: 0,
      attempts: 1,
      stationsKnown: true,
    });
    expect(dial).toMatchObject({ connectMs: 0, tlsMs: 0 });
  });

  it.each(["NTLM TlRMTVNTUAAB", "negotiate YII="])(
    "%s pins the upstream connection to its client's",
    async (authorization) => {
      const headers = [["authorization", authorization]] as const;
      expect((await plan("/x", { headers })).pinnedTo).toBe(7);
    },
  );

  it("Basic does not, and asks no other source", async () => {
    const headers = [["authorization", "Basic bnRsbQ=="]] as const;
    const planned = await plan(ZIP, { headers });
    expect(planned.pinnedTo).toBeUndefined();
    expect(planned.route().stations).toHaveLength(1);
  });
});

describe("planTunnel", () => {
  it("goes the same way and has no limits", () => {
    const { response: _unused, ...rest } = request("");
    const tunnel: ClientTunnel = {
      ...rest,
      reason: "",
      protocol: "1.1",
      source: { start() {}, pause() {}, resume() {}, cancel() {} },
      sink: { write: () => true, onDrain() {}, end() {}, reset() {} },
      onGone() {},
    };
    const { way, limits } = planTunnel(tunnel, SETTLED.wayOut);
    expect(way.type).toBe("http");
    expect(Object.values(limits)).toEqual([0, 0, 0, 0]);
  });
});
