import { execFileSync } from "node:child_process";

import { describe, expect, it } from "vitest";

import { proxyEnvironment } from "../../src/cli/environment.js";

const proxy = { host: "127.0.0.1", port: 9090 };

describe("proxyEnvironment", () => {
  it("names the run in the proxy's userinfo, in every variable", () => {
    const variables = proxyEnvironment({
      base: {},
      proxy,
      run: { runId: "00000000000000aa", token: "secret" },
      bundles: { SSL_CERT_FILE: "/b.pem", PIP_CERT: "/p.pem" },
      traceparent: "00-x-y-01",
    });
    const url = "http://run-00000000000000aa:secret@127.0.0.1:9090";
    expect(variables).toMatchObject({
      HTTPS_PROXY: url,
      HTTP_PROXY: url,
      https_proxy: url,
      http_proxy: url,
      GIT_HTTP_PROXY_AUTHMETHOD: "basic",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.proxy",
      GIT_CONFIG_VALUE_0: url,
      SSL_CERT_FILE: "/b.pem",
      PIP_CERT: "/p.pem",
      TRACEPARENT: "00-x-y-01",
    });
    expect(variables).not.toHaveProperty("CURL_CA_BUNDLE");
    expect(variables["NO_PROXY"]).toBe(variables["no_proxy"]);
    expect(variables["NO_PROXY"]?.split(",")).toContain("127.0.0.1");
  });

  it("has no userinfo for a daemon, and brackets for IPv6", () => {
    const variables = proxyEnvironment({
      base: {},
      proxy: { host: "::1", port: 1 },
      bundles: {},
    });
    expect(variables["HTTPS_PROXY"]).toBe("http://[::1]:1");
    expect(variables).not.toHaveProperty("TRACEPARENT");
  });

  it("leaves NO_PROXY where that is wanted", () => {
    const variables = proxyEnvironment({
      base: {},
      proxy,
      bundles: {},
      keepNoProxy: true,
    });
    expect(Object.keys(variables).join(" ")).not.toMatch(/no_proxy/i);
  });

  it("adds to git's configuration: the real git reads both", () => {
    const base = {
      GIT_CONFIG_COUNT: "2",
      GIT_CONFIG_KEY_0: "user.name",
      GIT_CONFIG_VALUE_0: "Ada",
      GIT_CONFIG_KEY_1: "http.proxy",
      GIT_CONFIG_VALUE_1: "http://corp.example:3128",
    };
    const variables = proxyEnvironment({ base, proxy, bundles: {} });
    const git = (key: string) =>
      execFileSync("git", ["config", "--get", key], {
        env: { PATH: process.env["PATH"], ...base, ...variables },
        encoding: "utf8",
      }).trim();
    expect(git("user.name")).toBe("Ada");
    expect(git("http.proxy")).toBe("http://127.0.0.1:9090");
  });

  it("begins anew where the count is none: git would refuse it", () => {
    expect(
      proxyEnvironment({
        base: { GIT_CONFIG_COUNT: "x" },
        proxy,
        bundles: {},
      })["GIT_CONFIG_COUNT"],
    ).toBe("1");
  });
});
