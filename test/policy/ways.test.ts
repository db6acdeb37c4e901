import { describe, expect, it } from "vitest";

import type { RequestKind } from "../../src/model/request-kind.js";
import { DIRECT, type Origin, type Way } from "../../src/model/way.js";
import { namedWays, parsedWays, waysTo } from "../../src/policy/ways.js";

const UPSTREAMS = [
  { name: "http", url: "http://127.0.0.1:8080" },
  { name: "corp", url: "socks5://10.0.0.1:1080", for: ["*.corp.example"] },
  { name: "last", url: "https://u:p@proxy.example" },
];

function names(
  host: string,
  kind: RequestKind,
  isPrivate = false,
  own: Way = DIRECT,
) {
  const origin: Origin = { scheme: "https", host, port: 443 };
  return waysTo(origin, kind, isPrivate, own, namedWays(UPSTREAMS)).map(
    ({ name }) => name,
  );
}

describe("parsedWays", () => {
  it("keeps the configured name, and the hosts a way is for", () => {
    expect(parsedWays(UPSTREAMS)).toEqual([
      { way: { type: "http", name: "http", host: "127.0.0.1", port: 8080 } },
      {
        way: { type: "socks5", name: "corp", host: "10.0.0.1", port: 1080 },
        for: ["*.corp.example"],
      },
      {
        way: {
          type: "https",
          name: "last",
          host: "proxy.example",
          port: 443,
          username: "u",
          password: "p",
        },
      },
    ]);
  });

  it("says which one is no proxy", () => {
    const bad = { name: "bad", url: "ftp://me:secret@proxy.example" };
    const [parsed] = parsedWays([bad]);
    expect(parsed).toEqual({
      name: "bad",
      error: expect.any(String) as string,
    });
    expect(JSON.stringify(parsed)).not.toContain("secret");
    expect(namedWays([bad])).toEqual([]);
  });
});

describe("waysTo", () => {
  it.each(["list", "zip", "toolchain", "sumdb-tile", "vuln"] as const)(
    "%s of a public host takes the ways without hosts",
    (kind) => {
      expect(names("goproxy.cn", kind)).toEqual(["direct", "http", "last"]);
    },
  );

  it("a host that is named takes its way too, in the order of the file", () => {
    expect(names("go.corp.example", "zip")).toEqual([
      "direct",
      "http",
      "corp",
      "last",
    ]);
  });

  it.each(["go-get", "git-refs", "git-upload-pack"] as const)(
    "%s takes only what names the host",
    (kind) => {
      expect(names("git.corp.example", kind)).toEqual(["direct", "corp"]);
      expect(names("code.example", kind)).toEqual(["direct"]);
    },
  );

  it("what is private takes only what names the host", () => {
    expect(names("go.corp.example", "zip", true)).toEqual(["direct", "corp"]);
    expect(names("goproxy.cn", "zip", true)).toEqual(["direct"]);
  });

  it.each(["telemetry", "other"] as const)("%s takes its own alone", (kind) => {
    expect(names("x.corp.example", kind)).toEqual(["direct"]);
  });

  it.each(["127.0.0.1", "::1", "localhost", "a.localhost"])(
    "%s is not to be found behind a proxy",
    (host) => {
      expect(names(host, "zip")).toEqual(["direct"]);
    },
  );

  it("a way that is the own one is not taken twice", () => {
    const own: Way = {
      type: "http",
      name: "127.0.0.1:8080",
      host: "127.0.0.1",
      port: 8080,
    };
    expect(names("goproxy.cn", "zip", false, own)).toEqual([
      "127.0.0.1:8080",
      "last",
    ]);
    const asUser: Way = { ...own, username: "u" };
    expect(names("goproxy.cn", "zip", false, asUser)).toEqual([
      "127.0.0.1:8080",
      "http",
      "last",
    ]);
  });
});
