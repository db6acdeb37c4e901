import { describe, expect, it } from "vitest";

import { wayOutOf } from "../../src/daemon/way-out.js";
import { SILENT } from "../../src/model/log.js";
import { DIRECT, type Origin } from "../../src/model/way.js";

const https = (host: string): Origin => ({ scheme: "https", host, port: 443 });
const http = (host: string): Origin => ({ scheme: "http", host, port: 80 });

describe("wayOutOf", () => {
  it("is direct where no proxy was set", () => {
    const way = wayOutOf({});
    expect(way.wayFor(https("goproxy.cn"))).toBe(DIRECT);
    expect(way.name).toBeUndefined();
  });

  it("the user's proxy of each scheme becomes the upstream, its credentials in no name", () => {
    const way = wayOutOf({
      https: "http://me:secret@proxy.corp.example:3128",
      http: "socks5://127.0.0.1:1080",
    });
    expect(way.wayFor(https("goproxy.cn"))).toMatchObject({
      type: "http",
      host: "proxy.corp.example",
      port: 3128,
      username: "me",
      password: "secret",
    });
    expect(way.wayFor(http("goproxy.cn"))).toMatchObject({
      type: "socks5",
      port: 1080,
    });
    expect(way.name).toBe("proxy.corp.example:3128");
    expect(way.wayFor(https("goproxy.cn"))).toHaveProperty(
      "name",
      expect.not.stringContaining("secret"),
    );
  });

  it("the user's NO_PROXY is applied here", () => {
    const way = wayOutOf({
      https: "http://proxy.corp.example:3128",
      noProxy: ".corp.example,10.0.0.0/8",
    });
    expect(way.wayFor(https("git.corp.example"))).toBe(DIRECT);
    expect(way.wayFor(https("10.1.2.3"))).toBe(DIRECT);
    expect(way.wayFor(https("goproxy.cn")).type).toBe("http");
  });

  it("a value that is no proxy URL is left out, with one line that says so", () => {
    const said: string[] = [];
    const way = wayOutOf(
      { https: "ftp://proxy.corp.example" },
      { ...SILENT, notice: (_key, text) => void said.push(text) },
    );
    expect(way.wayFor(https("goproxy.cn"))).toBe(DIRECT);
    way.wayFor(https("goproxy.io"));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^the proxy that was set is not used: /);
  });
});
