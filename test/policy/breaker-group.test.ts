import { describe, expect, it } from "vitest";

import { REQUEST_KINDS } from "../../src/model/request-kind.js";
import { DIRECT, type Origin, type Way } from "../../src/model/way.js";
import {
  breakerGroup,
  breakerName,
  matchingNames,
} from "../../src/policy/breaker-group.js";

const socks: Way = {
  type: "socks5",
  name: "socks",
  host: "127.0.0.1",
  port: 1080,
};
const origin = (host: string, port = 443): Origin => ({
  scheme: "https",
  host,
  port,
});

describe("breakerGroup", () => {
  it("puts every kind into its group, and `other` into none", () => {
    const groups = Object.fromEntries(
      REQUEST_KINDS.map((kind) => [kind, breakerGroup(kind)]),
    );
    expect(groups).toMatchObject({
      zip: "modules",
      toolchain: "modules",
      "sumdb-tile": "sumdb",
      "git-refs": "git",
      "go-get": "other",
      other: undefined,
    });
  });
});

describe("breakerName", () => {
  it.each([
    [
      { way: DIRECT, origin: origin("goproxy.cn"), group: "modules" as const },
      "goproxy.cn:443 modules",
    ],
    [
      { way: socks, origin: origin("goproxy.cn"), group: "sumdb" as const },
      "goproxy.cn:443 sumdb via socks",
    ],
    [
      { way: DIRECT, origin: origin("::1", 8443), group: "git" as const },
      "[::1]:8443 git",
    ],
    [{ way: socks }, "way socks"],
  ])("%j", (subject, name) => {
    expect(breakerName(subject)).toBe(name);
  });
});

describe("matchingNames", () => {
  const names = [
    "goproxy.cn:443 modules",
    "goproxy.cn:443 modules via socks",
    "goproxy.cn:443 sumdb",
    "goproxy.io:8443 modules",
    "way socks",
  ];

  it.each([
    ["goproxy.cn:443 modules", ["goproxy.cn:443 modules"]],
    [" goproxy.cn modules ", ["goproxy.cn:443 modules"]],
    ["goproxy.cn modules via", ["goproxy.cn:443 modules via socks"]],
    ["goproxy.io", ["goproxy.io:8443 modules"]],
    ["way", ["way socks"]],
    ["goproxy.cn", names.slice(0, 3)],
    ["socks", []],
    ["", []],
  ])("%j", (typed, expected) => {
    expect(matchingNames(typed, names)).toEqual(expected);
  });
});
