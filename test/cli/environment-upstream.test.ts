import { describe, expect, it } from "vitest";

import { upstreamFromEnvironment } from "../../src/cli/environment-upstream.js";

const proxyOf = (env: NodeJS.ProcessEnv, gitProxy?: string) =>
  upstreamFromEnvironment({
    env,
    ...(gitProxy !== undefined && { gitProxy }),
    ownAddresses: ["127.0.0.1:9090", "[::1]:9090"],
  });

describe("upstreamFromEnvironment", () => {
  it.each<[string, NodeJS.ProcessEnv, string | undefined, object]>([
    ["nothing set", { HTTPS_PROXY: "" }, undefined, {}],
    [
      "upper case before lower case, each scheme for itself",
      {
        HTTPS_PROXY: "a.example:1",
        https_proxy: "b.example:1",
        http_proxy: "http://c.example:1",
        no_proxy: ".corp.example",
      },
      undefined,
      {
        https: "a.example:1",
        http: "http://c.example:1",
        noProxy: ".corp.example",
      },
    ],
    [
      "git's, where there is no variable",
      { http_proxy: "c.example:1" },
      "socks5://git.example",
      { https: "socks5://git.example", http: "c.example:1" },
    ],
    [
      "another program of this machine on another port",
      { https_proxy: "http://127.0.0.1:8080" },
      undefined,
      { https: "http://127.0.0.1:8080" },
    ],
    [
      "what is no URL is left to the one who dials",
      { https_proxy: "http://[" },
      "",
      { https: "http://[" },
    ],
  ])("%s", (_what, env, gitProxy, proxy) => {
    expect(proxyOf(env, gitProxy)).toEqual({ type: "proxy", proxy });
  });

  it.each([
    ["http://127.0.0.1:9090", "127.0.0.1:9090"],
    ["localhost:9090", "127.0.0.1:9090"],
    ["http://[::1]:9090/", "[::1]:9090"],
    ["http://run-00000000000000aa:t@127.0.0.1:41234", "127.0.0.1:41234"],
  ])("gotap itself at %s", (url, address) => {
    expect(proxyOf({ HTTPS_PROXY: url, NO_PROXY: "x" })).toEqual({
      type: "daemon",
      address,
      before: { noProxy: "x" },
    });
  });

  it("keeps what stood before `gotap env`", () => {
    expect(
      proxyOf({
        HTTPS_PROXY: "http://127.0.0.1:9090",
        https_proxy: "http://127.0.0.1:9090",
        NO_PROXY: "localhost",
        GOTAP_SAVED_NAMES: "HTTPS_PROXY https_proxy NO_PROXY",
        GOTAP_SAVED_HTTPS_PROXY: "http://corp.example:3128",
        GOTAP_SAVED_NO_PROXY: ".corp.example",
      }),
    ).toEqual({
      type: "daemon",
      address: "127.0.0.1:9090",
      before: { https: "http://corp.example:3128", noProxy: ".corp.example" },
    });
  });
});
