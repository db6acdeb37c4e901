import { describe, expect, it } from "vitest";

import { proxyBases } from "../../src/classify/proxy-base.js";
import type { RequestKind } from "../../src/model/request-kind.js";
import { ask } from "./ask.js";

type Row = [
  url: string,
  kind: RequestKind,
  modulePath?: string,
  moduleVersion?: string,
];

// What go and git send to the public mirrors of GOPROXY and to the products companies run.
const RECOGNISED: Row[] = [
  [
    "https://goproxy.cn/golang.org/x/tools/@v/list",
    "list",
    "golang.org/x/tools",
  ],
  [
    "https://goproxy.cn/golang.org/x/tools/@latest",
    "latest",
    "golang.org/x/tools",
  ],
  [
    "https://goproxy.io/golang.org/x/text/@v/v0.14.0.info",
    "info",
    "golang.org/x/text",
    "v0.14.0",
  ],
  [
    "https://goproxy.io/golang.org/x/text/@v/v0.14.0.mod",
    "mod",
    "golang.org/x/text",
    "v0.14.0",
  ],
  [
    "https://goproxy.io/golang.org/x/text/@v/v0.14.0.zip",
    "zip",
    "golang.org/x/text",
    "v0.14.0",
  ],
  // go percent-encodes the exclamation mark (url.PathEscape)
  [
    "https://goproxy.cn/github.com/%21burnt%21sushi/toml/@v/v1.3.2.mod",
    "mod",
    "github.com/BurntSushi/toml",
    "v1.3.2",
  ],
  [
    "https://goproxy.cn/github.com/!azure/azure-sdk-for-go/@v/v68.0.0+incompatible.zip",
    "zip",
    "github.com/Azure/azure-sdk-for-go",
    "v68.0.0+incompatible",
  ],
  [
    "https://goproxy.cn/github.com/!azure/azure-sdk-for-go/@v/v68.0.0%2Bincompatible.zip",
    "zip",
    "github.com/Azure/azure-sdk-for-go",
    "v68.0.0+incompatible",
  ],
  [
    "https://goproxy.cn/golang.org/x/exp/@v/v0.0.0-20240719175910-8a7402abbf56.info",
    "info",
    "golang.org/x/exp",
    "v0.0.0-20240719175910-8a7402abbf56",
  ],
  [
    "https://goproxy.cn/github.com/golang-jwt/jwt/v5/@v/v5.2.1.mod",
    "mod",
    "github.com/golang-jwt/jwt/v5",
    "v5.2.1",
  ],
  [
    "https://goproxy.cn/gopkg.in/yaml.v3/@v/v3.0.1.zip",
    "zip",
    "gopkg.in/yaml.v3",
    "v3.0.1",
  ],
  // a branch, a commit, a version with an upper-case letter
  [
    "https://goproxy.cn/golang.org/x/tools/@v/master.info",
    "info",
    "golang.org/x/tools",
    "master",
  ],
  [
    "https://goproxy.cn/golang.org/x/tools/@v/8a7402abbf56.info",
    "info",
    "golang.org/x/tools",
    "8a7402abbf56",
  ],
  [
    "https://goproxy.cn/example.com/m/@v/v1.0.0-%21r%21c1.info",
    "info",
    "example.com/m",
    "v1.0.0-RC1",
  ],
  // a module whose own path looks like another family
  [
    "https://goproxy.cn/golang.org/x/mod/sumdb/tlog/@v/list",
    "list",
    "golang.org/x/mod/sumdb/tlog",
  ],
  [
    "https://goproxy.cn/example.com/lookup/info/refs/@latest",
    "latest",
    "example.com/lookup/info/refs",
  ],
  // the toolchain is a module; its list is a list
  [
    "https://goproxy.cn/golang.org/toolchain/@v/v0.0.1-go1.26.8.linux-amd64.zip",
    "toolchain",
    "golang.org/toolchain",
    "v0.0.1-go1.26.8.linux-amd64",
  ],
  [
    "https://go.dev/dl/mod/golang.org/toolchain/@v/v0.0.1-go1.22.0.darwin-arm64.zip",
    "toolchain",
    "golang.org/toolchain",
    "v0.0.1-go1.22.0.darwin-arm64",
  ],
  [
    "https://goproxy.cn/golang.org/toolchain/@v/list",
    "list",
    "golang.org/toolchain",
  ],
  // products and prefix mirrors, without a known base
  [
    "https://corp.example/artifactory/api/go/go-virtual/github.com/pkg/errors/@v/v0.9.1.zip",
    "zip",
    "github.com/pkg/errors",
    "v0.9.1",
  ],
  [
    "https://corp.example/artifactory/api/go/go.corp.example/github.com/pkg/errors/@v/list",
    "list",
    "github.com/pkg/errors",
  ],
  [
    "https://nexus.corp.example/repository/go.public/github.com/pkg/errors/@latest",
    "latest",
    "github.com/pkg/errors",
  ],
  [
    "https://corp.example/nexus/repository/go-all/golang.org/x/sync/@v/v0.7.0.mod",
    "mod",
    "golang.org/x/sync",
    "v0.7.0",
  ],
  [
    "https://gitlab.corp.example/api/v4/projects/278964/packages/go/gitlab.corp.example/team/lib/@v/v1.0.0.info",
    "info",
    "gitlab.corp.example/team/lib",
    "v1.0.0",
  ],
  [
    "https://gitlab.corp.example/api/v4/projects/team%2Flib.go/packages/go/gitlab.corp.example/team/lib/@v/list",
    "list",
    "gitlab.corp.example/team/lib",
  ],
  [
    "https://git.corp.example/api/packages/jane.doe/go/corp.example/lib/@v/v1.2.3.zip",
    "zip",
    "corp.example/lib",
    "v1.2.3",
  ],
  [
    "https://mirrors.example.com/goproxy/rsc.io/quote/@v/v1.5.2.info",
    "info",
    "rsc.io/quote",
    "v1.5.2",
  ],
  [
    "https://example.com/go/v2/mirror/rsc.io/quote/v3/@v/v3.1.0.mod",
    "mod",
    "rsc.io/quote/v3",
    "v3.1.0",
  ],
  // FACTS G26: a GOPROXY whose path holds a URL, folded by path.Join and not
  [
    "http://corp.example/tap/https:/goproxy.cn/rsc.io/quote/@v/v1.5.2.zip",
    "zip",
    "rsc.io/quote",
    "v1.5.2",
  ],
  [
    "http://corp.example/tap/https://goproxy.cn:8443/goproxy/rsc.io/quote/@v/v1.5.2.zip",
    "zip",
    "rsc.io/quote",
    "v1.5.2",
  ],
  // IPv6, a port, a query that some gateways add
  ["https://[2001:db8::1]:8443/rsc.io/quote/@v/list", "list", "rsc.io/quote"],
  [
    "https://goproxy.cn/rsc.io/quote/@v/v1.5.2.zip?token=abc",
    "zip",
    "rsc.io/quote",
    "v1.5.2",
  ],
];

const NOT_RECOGNISED = [
  "https://goproxy.cn/github.com/!Azure/x/@v/list", // upper case in an escaped path
  "https://goproxy.cn/github.com/Azure/x/@v/list",
  "https://goproxy.cn/github.com/azure!/x/@v/list", // an escape of nothing
  "https://goproxy.cn/github.com/!1/x/@v/list",
  "https://goproxy.cn/github.com/a%ZZ/x/@v/list",
  "https://goproxy.cn/github.com/%ff/x/@v/list", // no UTF-8
  "https://goproxy.cn/github.com/x//y/@v/list",
  "https://goproxy.cn/github.com/x/../y/@v/list",
  "https://goproxy.cn/example.com/m/v1/@v/list", // CheckPath refuses /v1, /v0, /v1.2
  "https://goproxy.cn/example.com/m/v0/@v/list",
  "https://goproxy.cn/example.com/m/v1.2/@v/list",
  "https://goproxy.cn/gopkg.in/yaml/@v/list",
  "https://goproxy.cn/example.com/con/@v/list",
  "https://goproxy.cn/example.com/progra~1/@v/list",
  "https://goproxy.cn/nodots/only/@v/list",
  "https://goproxy.cn/@v/list",
  "https://goproxy.cn/rsc.io/quote/@v/",
  "https://goproxy.cn/rsc.io/quote/@v/v1.5.2",
  "https://goproxy.cn/rsc.io/quote/@v/v1.5.2.tar",
  "https://goproxy.cn/rsc.io/quote/@v/.zip",
  "https://goproxy.cn/rsc.io/quote/@v/...zip",
  "https://goproxy.cn/rsc.io/quote/@v/a/b.zip",
  "https://goproxy.cn/rsc.io/quote/@v/con.zip",
  "https://goproxy.cn/rsc.io/quote/@v/V1.0.0.zip",
  "https://goproxy.cn/rsc.io/quote/@latest/x",
];

describe("moduleProxyRequest", () => {
  it.each(RECOGNISED)("%s is %s", (url, kind, modulePath, moduleVersion) => {
    const info = ask(url);
    expect(info.kind).toBe(kind);
    expect(info.modulePath).toBe(modulePath);
    expect(info.moduleVersion).toBe(moduleVersion);
  });

  it.each(NOT_RECOGNISED)("%s is none", (url) => {
    expect(ask(url).kind).toBe("other");
  });

  it("names each shape", () => {
    const shape = (tail: string) =>
      ask(`https://goproxy.cn/rsc.io/quote/${tail}`).template;
    expect([
      shape("@v/list"),
      shape("@latest"),
      shape("@v/v1.0.0.info"),
      shape("@v/v1.0.0.mod"),
      shape("@v/v1.0.0.zip"),
    ]).toMatchInlineSnapshot(`
      [
        "{module}/@v/list",
        "{module}/@latest",
        "{module}/@v/{version}.info",
        "{module}/@v/{version}.mod",
        "{module}/@v/{version}.zip",
      ]
    `);
  });

  it("believes a known base before any shape, the longest of several", () => {
    const bases = proxyBases([
      "https://corp.example,https://corp.example/go.proxy|https://corp.example/go.proxy/api.v2/",
    ]);
    const url = "https://corp.example/go.proxy/api.v2/rsc.io/quote/@v/list";
    expect(ask(url, { bases }).modulePath).toBe("rsc.io/quote");
    expect(ask(url).modulePath, "as far as the URL alone says").toBe(
      "go.proxy/api.v2/rsc.io/quote",
    );
    expect(
      ask(url.replace("corp.example", "corp.example:8443"), { bases })
        .modulePath,
      "another port is another base",
    ).toBe("go.proxy/api.v2/rsc.io/quote");
  });

  it("finds a known base inside a path", () => {
    const bases = proxyBases(["https://mirrors.example.com/go.proxy"]);
    expect(
      ask(
        "http://corp.example/tap/https:/mirrors.example.com/go.proxy/rsc.io/quote/@latest",
        { bases },
      ).modulePath,
    ).toBe("rsc.io/quote");
  });
});
