import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { proxyConfig, proxyFor } from "../../src/policy/no-proxy.js";

// The public test table of golang.org/x/net/http/httpproxy, re-expressed; a row of our own says so.

const LIST =
  "foobar.com, .barbaz.net, *.wildcard.io, 192.168.1.1, 192.168.1.2:81, 192.168.1.3:80, 10.0.0.0/30, " +
  "2001:db8::52:0:1, [2001:db8::52:0:2]:443, [2001:db8::52:0:3]:80, 2002:db8:a::45/64";

function goesThroughProxy(
  noProxy: string,
  host: string,
  port: number,
): boolean {
  const config = proxyConfig({ httpProxy: "proxy.example:3128", noProxy });
  return proxyFor(config, "http", host, port) !== undefined;
}

const USE_PROXY: [host: string, uses: boolean][] = [
  ["localhost", false],
  ["127.0.0.1", false],
  ["127.0.0.2", false],
  ["::1", false],
  ["::ffff:127.0.0.1", false], // ours
  ["::2", true],
  ["192.168.1.1", false],
  ["192.168.1.2", true],
  ["192.168.1.3", false],
  ["192.168.1.4", true],
  ["10.0.0.2", false],
  ["::ffff:10.0.0.2", false], // ours
  ["10.0.0.4", true], // ours
  ["2001:db8::52:0:1", false],
  ["2001:db8::52:0:2", true],
  ["2001:db8::52:0:3", false],
  ["2002:db8:a::123", false],
  ["2002:db8:a:1::123", true], // ours
  ["fe80::424b:c8be:1643:a1b6", true],
  ["barbaz.net", true],
  ["www.barbaz.net", false],
  ["foobar.com", false],
  ["FooBar.com", false], // ours
  ["www.foobar.com", false],
  ["foofoobar.com", true],
  ["baz.com", true],
  ["localhost.net", true],
  ["local.localhost", true],
  ["barbarbaz.net", true],
  ["wildcard.io", true],
  ["nested.wildcard.io", false],
  ["awildcard.io", true],
];

describe("proxyFor and NO_PROXY", () => {
  it.each(USE_PROXY)("%s uses the proxy: %s", (host, uses) => {
    expect(goesThroughProxy(LIST, host, 80)).toBe(uses);
  });

  it.each(USE_PROXY)("%s with * uses none", (host) => {
    expect(goesThroughProxy(`${LIST}, *`, host, 80)).toBe(false);
  });

  it.each([
    ["example.com", "example.com", false],
    [".example.com", "example.com", true],
    ["ample.com", "example.com", true],
    ["example.com", "foo.example.com", false],
    [".foo.com", "example.com", true],
    [".示例.com", "www.示例.com", false],
    ["xn--fsq092h.com", "www.示例.com", false],
    ["示例.com", "www.xn--fsq092h.com", false],
    ["example.com", "1000::%.example.com", true],
    // ours
    [":1", "example.com", true],
    ["", "example.com", true],
    [",, ,", "example.com", true],
    ["*.", "example.com", true],
    ["[::2]", "::2", true],
    ["[::2]:80", "::2", false],
    ["example.com:", "example.com", false],
    ["example.com:80", "www.example.com", false],
    ["example.com:81", "www.example.com", true],
    ["::/0", "8.8.8.8", true],
    ["::/0", "2001:db8::1", false],
    ["0.0.0.0/0", "8.8.8.8", false],
    ["0.0.0.0/0", "2001:db8::1", true],
    ["8.8.8.8/33", "8.8.8.8", true],
    ["::ffff:8.8.0.0/112", "8.8.8.8", false],
    ["010.0.0.1", "10.0.0.1", true],
  ])("NO_PROXY=%s and %s: %s", (noProxy, host, uses) => {
    expect(goesThroughProxy(noProxy, host, 80)).toBe(uses);
  });

  it.each([
    ["127.0.0.1:8080", "http://127.0.0.1:8080"],
    ["cache.corp.example:1234", "http://cache.corp.example:1234"],
    ["cache.corp.example", "http://cache.corp.example"],
    ["localhost", "http://localhost"],
    ["localhost:3128", "http://localhost:3128"],
    ["https://127.0.0.1:8080", "https://127.0.0.1:8080"],
    ["socks5://127.0.0.1", "socks5://127.0.0.1"],
    ["foo://host", "foo://host"],
    ["two words", undefined],
    ["", undefined],
  ])("HTTP_PROXY=%s is %s", (httpProxy, expected) => {
    const config = proxyConfig({ httpProxy });
    expect(proxyFor(config, "http", "example.com", 80)).toBe(expected);
  });

  it("keeps the two schemes apart", () => {
    const config = proxyConfig({
      httpProxy: "http.proxy.example",
      httpsProxy: "https://secure.proxy.example",
    });
    expect(proxyFor(config, "http", "a.example", 80)).toBe(
      "http://http.proxy.example",
    );
    expect(proxyFor(config, "https", "a.example", 443)).toBe(
      "https://secure.proxy.example",
    );
    const one = proxyConfig({ httpProxy: "http.proxy.example" });
    expect(proxyFor(one, "https", "a.example", 443)).toBeUndefined();
    expect(proxyFor(proxyConfig({}), "http", "a.example", 80)).toBeUndefined();
  });

  it("never throws, and never proxies loopback", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (noProxy, host) => {
        goesThroughProxy(noProxy, host, 80);
        expect(goesThroughProxy(noProxy, "127.9.9.9", 80)).toBe(false);
      }),
    );
  });
});
