import { describe, expect, it } from "vitest";

import {
  askedHop,
  hopsAcrossBars,
  parseGoproxy,
} from "../../src/policy/goproxy-chain.js";
import { authorityOf } from "../../src/policy/source-base.js";

/** `goproxy.cn/x |`: each entry as text, with what stands behind it. */
function shown(goproxy: string, behindFront?: (entry: string) => string) {
  return parseGoproxy(goproxy, behindFront).map((entry) => {
    const name =
      entry.type === "proxy"
        ? `${entry.base.origin.scheme}://${authorityOf(entry.base.origin)}${entry.base.path}`
        : entry.type;
    return entry.next === undefined ? name : `${name} ${entry.next}`;
  });
}

// cmd/go/internal/modfetch/proxy.go proxyList
describe("parseGoproxy", () => {
  it.each<[string, string[]]>([
    ["https://goproxy.cn,direct", ["https://goproxy.cn ,", "direct"]],
    [
      " https://goproxy.cn \t|\thttps://goproxy.io ",
      ["https://goproxy.cn |", "https://goproxy.io"],
    ],
    ["goproxy.cn", ["https://goproxy.cn"]],
    ["goproxy.cn:8443/a/", ["https://goproxy.cn:8443/a"]],
    ["http://goproxy.cn:80/", ["http://goproxy.cn"]],
    ["https://GOPROXY.cn:443", ["https://goproxy.cn"]],
    // Empty entries are passed over, and an entry's separator is the one right behind it.
    [
      ",,goproxy.cn|,goproxy.io",
      ["https://goproxy.cn |", "https://goproxy.io"],
    ],
    [
      "goproxy.cn,|goproxy.io|",
      ["https://goproxy.cn ,", "https://goproxy.io |"],
    ],
    ["", []],
    [" , ", []],
    // The end of the line, whatever follows.
    ["direct|goproxy.cn", ["direct"]],
    ["goproxy.cn|off,goproxy.io", ["https://goproxy.cn |", "off"]],
    // What gotap cannot ask keeps its place.
    ["file:///srv/modules,goproxy.cn", ["unusable ,", "https://goproxy.cn"]],
    [
      "https://user:pass@goproxy.cn|goproxy.io",
      ["unusable |", "https://goproxy.io"],
    ],
    ["https://goproxy.cn?token=x", ["unusable"]],
    ["noproxy", ["unusable"]],
    ["/srv/modules", ["unusable"]],
    ["ftp://goproxy.cn", ["unusable"]],
    ["https://[2001:db8::1]:8443/x", ["https://[2001:db8::1]:8443/x"]],
    [
      "https://corp.example/artifactory/api/go/NAME/",
      ["https://corp.example/artifactory/api/go/NAME"],
    ],
    [
      "https://corp.example/p/https://goproxy.cn",
      ["https://corp.example/p/https://goproxy.cn"],
    ],
  ])("%s", (goproxy, entries) => {
    expect(shown(goproxy)).toEqual(entries);
  });

  it("says what is behind a GOPROXY front", () => {
    const front = "http://127.0.0.1:9090/proxy/-/https/goproxy.cn";
    const behind = (entry: string) =>
      entry === front ? "https://goproxy.cn" : entry;
    expect(shown(` ${front} |goproxy.io`, behind)).toEqual([
      "https://goproxy.cn |",
      "https://goproxy.io",
    ]);
  });

  it("keeps credentials out of what it says of an entry", () => {
    expect(
      JSON.stringify(parseGoproxy("https://scott:tiger@goproxy.cn")),
    ).not.toMatch(/scott|tiger/);
  });
});

describe("askedHop", () => {
  const origin = { scheme: "https", host: "corp.example", port: 443 } as const;

  it("takes the longest base, at a slash", () => {
    const chain = parseGoproxy("corp.example,corp.example/go,corp.example/g");
    const asked = (target: string) => askedHop(chain, origin, target);
    expect(asked("/go/x.example/m/@v/list")).toEqual({
      index: 1,
      rest: "x.example/m/@v/list",
    });
    expect(asked("/gone/@v/list")?.index).toBe(0);
  });

  it("takes the first of two equal entries", () => {
    const chain = parseGoproxy(
      "corp.example,goproxy.cn,corp.example/|x.example",
    );
    expect(askedHop(chain, origin, "/m.example/@v/list")?.index).toBe(0);
  });

  it("finds a base that holds a URL, with one slash or two (FACTS G26)", () => {
    const chain = parseGoproxy("https://corp.example/p/https://goproxy.cn");
    for (const inner of ["https:/goproxy.cn", "https://goproxy.cn"])
      expect(askedHop(chain, origin, `/p/${inner}/m.example/@v/list`)).toEqual({
        index: 0,
        rest: "m.example/@v/list",
      });
  });

  it.each([
    ["another port", { ...origin, port: 8443 }, "/m.example/@v/list"],
    [
      "another scheme",
      { ...origin, scheme: "http" as const },
      "/m.example/@v/list",
    ],
    ["another host", { ...origin, host: "goproxy.cn" }, "/m.example/@v/list"],
    ["a query", origin, "/m.example/@v/list?token=x"],
  ])("knows no entry at %s", (_, asked, target) => {
    expect(askedHop(parseGoproxy("corp.example"), asked, target)).toBe(
      undefined,
    );
  });
});

describe("hopsAcrossBars", () => {
  it.each<[string, string[]]>([
    ["a.example|b.example|c.example", ["b.example", "c.example"]],
    ["a.example|b.example,c.example", ["b.example"]],
    ["a.example,b.example|c.example", []],
    ["a.example|direct", []],
    ["a.example|off", []],
    ["a.example|", []],
    // Who cannot be asked might have answered: those behind it must not be.
    ["a.example|https://u:p@b.example|c.example", []],
    ["a.example|file:///srv|c.example", []],
  ])("%s", (goproxy, hosts) => {
    const hops = hopsAcrossBars(parseGoproxy(goproxy), 0);
    expect(hops.map(({ base }) => base.origin.host)).toEqual(hosts);
  });
});
