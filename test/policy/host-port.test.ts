import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  namesOrigin,
  parseAbsoluteForm,
  parseConnectTarget,
  parseHostHeader,
} from "../../src/policy/host-port.js";

const error: unknown = { error: expect.any(String) as unknown };

describe("parseConnectTarget", () => {
  it.each([
    ["goproxy.cn:443", "goproxy.cn", 443],
    ["GoProxy.CN:8443", "goproxy.cn", 8443],
    ["goproxy.cn.:443", "goproxy.cn.", 443],
    ["localhost:1", "localhost", 1],
    ["a_b.example:65535", "a_b.example", 65535],
    ["xn--fsq092h.com:443", "xn--fsq092h.com", 443],
    ["192.0.2.1:443", "192.0.2.1", 443],
    ["[2001:DB8:0:0:0:0:0:1]:443", "2001:db8::1", 443],
    ["[::1]:9090", "::1", 9090],
    ["0xA9FEA9FE:80", "0xa9fea9fe", 80],
  ])("%s", (text, host, port) => {
    expect(parseConnectTarget(text)).toEqual({ scheme: "https", host, port });
  });

  it.each([
    "",
    ":443",
    "goproxy.cn",
    "goproxy.cn:",
    "goproxy.cn:0",
    "goproxy.cn:65536",
    "goproxy.cn:123456",
    "goproxy.cn:44 3",
    "goproxy.cn:+443",
    "goproxy.cn:443:443",
    "user@goproxy.cn:443",
    "user:pw@goproxy.cn:443",
    "goproxy.cn:443/x",
    "goproxy.cn:443?x",
    "goproxy.cn:443#x",
    "https://goproxy.cn:443",
    "/",
    "*",
    "2001:db8::1:443",
    "[2001:db8::1]",
    "[2001:db8::1:443",
    "[2001:db8::1]443",
    "[fe80::1%eth0]:443",
    "[192.0.2.1]:443",
    "[]:443",
    "a..b:443",
    ".a:443",
    "-a.example:443",
    "a b.example:443",
    "a\tb:443",
    "a\r\nb:443",
    "a\0b:443",
    "示例.com:443",
    "a%2eb:443",
    `${"a".repeat(64)}.example:443`,
    `${"a.".repeat(128)}example:443`,
  ])("%j is refused", (text) => {
    expect(parseConnectTarget(text)).toEqual(error);
  });

  it("never throws, and gives only hosts it would take again", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(70_000), (host, port) => {
        const parsed = parseConnectTarget(`${host}:${port}`);
        if ("error" in parsed) return;
        expect(parseHostHeader(host)).toHaveProperty("host", parsed.host);
        expect(parsed.port).toBe(port);
      }),
    );
  });
});

describe("parseHostHeader", () => {
  it.each([
    ["goproxy.cn", { host: "goproxy.cn" }],
    ["goproxy.cn:", { host: "goproxy.cn" }],
    ["goproxy.cn:443", { host: "goproxy.cn", port: 443 }],
    ["[::1]", { host: "::1" }],
    ["[::1]:80", { host: "::1", port: 80 }],
    ["", error],
    ["a,b", error],
    ["a@b", error],
    ["a/b", error],
    ["::1", error],
  ])("%s", (text, expected) => {
    expect(parseHostHeader(text)).toEqual(expected);
  });
});

describe("parseAbsoluteForm", () => {
  it.each([
    [
      "http://goproxy.test/x?y=1",
      { scheme: "http", host: "goproxy.test", port: 80 },
      "/x?y=1",
    ],
    [
      "HTTP://GoProxy.test:8080",
      { scheme: "http", host: "goproxy.test", port: 8080 },
      "/",
    ],
    [
      "https://[2001:db8::1]?q",
      { scheme: "https", host: "2001:db8::1", port: 443 },
      "/?q",
    ],
  ])("%s", (text, origin, target) => {
    expect(parseAbsoluteForm(text)).toEqual({ origin, target });
  });

  it.each([
    "/x",
    "ftp://a/x",
    "http:///x",
    "http://u:p@a/x",
    "http://a/x#y",
    "http:/a",
    "//a/x",
  ])("%s is refused", (text) => {
    expect(parseAbsoluteForm(text)).toEqual(error);
  });
});

describe("namesOrigin", () => {
  it("takes no port for the scheme's own", () => {
    const https = { scheme: "https", host: "a.example", port: 443 } as const;
    expect(namesOrigin({ host: "a.example" }, https)).toBe(true);
    expect(namesOrigin({ host: "a.example", port: 443 }, https)).toBe(true);
    expect(namesOrigin({ host: "a.example", port: 80 }, https)).toBe(false);
    expect(namesOrigin({ host: "b.example" }, https)).toBe(false);
    expect(namesOrigin({ host: "a.example" }, { ...https, port: 8443 })).toBe(
      false,
    );
  });
});
