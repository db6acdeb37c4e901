import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseProxyUrl } from "../../src/policy/proxy-url.js";

const way = (type: string, host: string, port: number, name?: string) => ({
  type,
  host,
  port,
  name: name ?? `${host}:${port}`,
});

describe("parseProxyUrl", () => {
  it.each([
    ["http://proxy.example:3128", way("http", "proxy.example", 3128)],
    ["proxy.example:3128", way("http", "proxy.example", 3128)],
    ["proxy.example", way("http", "proxy.example", 80)],
    ["localhost", way("http", "localhost", 80)],
    ["https://Proxy.Example/", way("https", "proxy.example", 443)],
    ["socks5://Proxy.Example", way("socks5", "proxy.example", 1080)],
    ["socks5h://10.0.0.1:9050", way("socks5", "10.0.0.1", 9050)],
    [
      "socks5://[2001:DB8:0:0::1]",
      way("socks5", "2001:db8::1", 1080, "[2001:db8::1]:1080"),
    ],
    ["http://[::1]:8080", way("http", "::1", 8080, "[::1]:8080")],
    [" http://proxy.example ", way("http", "proxy.example", 80)],
  ])("%s", (text, expected) => {
    expect(parseProxyUrl(text)).toEqual(expected);
  });

  it("decodes the userinfo and keeps it out of the name", () => {
    expect(parseProxyUrl("http://us%40er:p%3Aw%2F@proxy.example:1")).toEqual({
      ...way("http", "proxy.example", 1),
      username: "us@er",
      password: "p:w/",
    });
    expect(parseProxyUrl("run-1@proxy.example:1")).toEqual({
      ...way("http", "proxy.example", 1),
      username: "run-1",
    });
  });

  it.each([
    "",
    "http://",
    "ftp://proxy.example",
    "http://proxy.example:99999",
    "http://proxy.example:0",
    "http://a b/",
    "http://%zz@proxy.example",
    "http://s%ff:x@proxy.example",
    "socks5://",
  ])("%s is refused", (text) => {
    expect(parseProxyUrl(text)).toEqual({
      error: expect.any(String) as unknown,
    });
  });

  it("never throws and never puts the password into a name or an error", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const parsed = parseProxyUrl(`${before}://u:s3cr3t@${after}`);
        const { name, error } = { name: "", error: "", ...parsed };
        expect(name + error).not.toContain("s3cr3t");
      }),
    );
  });
});
