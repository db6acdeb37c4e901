import { describe, expect, it } from "vitest";

import { loadSettings } from "../../src/config/load-settings.js";
import { knownBases } from "../../src/daemon/known-bases.js";
import { planRequest, planTunnel } from "../../src/daemon/planner.js";
import { wayOutOf } from "../../src/daemon/way-out.js";
import type { ClientRequest, ClientTunnel } from "../../src/model/client.js";

const { settings } = loadSettings({
  env: { GOTAP_HOME: "/nowhere/gotap" },
  cwd: "/nowhere",
});
const behind = {
  wayOut: wayOutOf({ https: "http://proxy.corp.example:3128" }),
  bases: knownBases(),
  command: "go mod download",
};
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

const plan = (
  target: string,
  more?: Partial<ClientRequest>,
): ReturnType<typeof planRequest> =>
  planRequest(request(target, more), settings, behind);

describe("planRequest", () => {
  it("classifies, limits and gives the way out", () => {
    const { info, limits, target } = plan("/example.com/m/@v/v1.0.0.zip");
    expect(info).toMatchObject({ kind: "zip", modulePath: "example.com/m" });
    // Until there are retries each try is the last: patience stands for both.
    expect(limits).toMatchObject({ firstByteMs: 120_000, bodyIdleMs: 120_000 });
    expect(target.limits).toMatchObject({ dnsMs: 5_000, tlsMs: 10_000 });
    expect(target.way).toMatchObject({ type: "http", port: 3128 });
    expect(target).not.toHaveProperty("pinnedTo");
  });

  it("git has five minutes to think, however long patience is", () => {
    const { info, limits } = plan("/r.git/git-upload-pack", { method: "POST" });
    expect(info.kind).toBe("git-upload-pack");
    expect(limits.firstByteMs).toBe(300_000);
  });

  it("what is none of go's has no limit at all", () => {
    const { info, limits, target } = plan("/some/page");
    expect(info.kind).toBe("other");
    expect(limits).toMatchObject({ firstByteMs: 0, bodyIdleMs: 0, totalMs: 0 });
    expect(target.limits).toMatchObject({ connectMs: 0, tlsMs: 0 });
  });

  it.each(["NTLM TlRMTVNTUAAB", "negotiate YII="])(
    "%s pins the upstream connection to its client's",
    (authorization) => {
      const headers = [["authorization", authorization]] as const;
      expect(plan("/x", { headers }).target.pinnedTo).toBe(7);
    },
  );

  it("Basic does not", () => {
    const headers = [["authorization", "Basic bnRsbQ=="]] as const;
    expect(plan("/x", { headers }).target).not.toHaveProperty("pinnedTo");
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
    const { way, limits } = planTunnel(tunnel, behind.wayOut);
    expect(way.type).toBe("http");
    expect(Object.values(limits)).toEqual([0, 0, 0, 0]);
  });
});
