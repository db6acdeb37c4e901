import { describe, expect, it } from "vitest";

import { proxyBases, sumdbBases } from "../../src/classify/proxy-base.js";
import { ask } from "./ask.js";

const DIRECT = "https://sum.golang.google.cn";
const PROXIED = "https://goproxy.cn/sumdb/sum.golang.google.cn";
const NAME = "sum.golang.google.cn";

describe("checksumDatabaseRequest", () => {
  it.each([
    [`${DIRECT}/latest`, { kind: "sumdb-latest", template: "latest" }],
    [
      `${DIRECT}/lookup/github.com/!burnt!sushi/toml@v1.3.2`,
      {
        kind: "sumdb-lookup",
        modulePath: "github.com/BurntSushi/toml",
        moduleVersion: "v1.3.2",
        template: "lookup/{module}@{version}",
      },
    ],
    [
      `${DIRECT}/lookup/golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64`,
      {
        kind: "sumdb-lookup",
        modulePath: "golang.org/toolchain",
        moduleVersion: "v0.0.1-go1.26.8.linux-amd64",
        template: "lookup/{module}@{version}",
      },
    ],
    [
      `${DIRECT}/tile/8/0/x005/123.p/4`,
      {
        kind: "sumdb-tile",
        sumdbTile: "8/0/x005/123.p/4",
        template: "tile/{tile}",
      },
    ],
    [
      `${DIRECT}/tile/8/data/x105/007`,
      {
        kind: "sumdb-tile",
        sumdbTile: "8/data/x105/007",
        template: "tile/{tile}",
      },
    ],
    [
      `${PROXIED}/supported`,
      { kind: "sumdb-supported", template: "sumdb/{name}/supported" },
    ],
    [
      `${PROXIED}/latest`,
      { kind: "sumdb-latest", template: "sumdb/{name}/latest" },
    ],
    [
      `${PROXIED}/lookup/rsc.io/quote/v3@v3.1.0`,
      {
        kind: "sumdb-lookup",
        modulePath: "rsc.io/quote/v3",
        moduleVersion: "v3.1.0",
        template: "sumdb/{name}/lookup/{module}@{version}",
      },
    ],
    [
      `${PROXIED}/tile/8/1/001`,
      {
        kind: "sumdb-tile",
        sumdbTile: "8/1/001",
        template: "sumdb/{name}/tile/{tile}",
      },
    ],
  ])("%s", (url, expected) => {
    expect(ask(url)).toEqual({ sumdbName: NAME, ...expected });
  });

  it("finds a database below a product's path", () => {
    expect(
      ask(
        `https://corp.example/artifactory/api/go/go/sumdb/${NAME}/tile/8/0/000`,
      ),
    ).toMatchObject({ kind: "sumdb-tile", sumdbName: NAME });
    expect(
      ask(`http://corp.example/tap/https://goproxy.cn/sumdb/${NAME}/supported`),
    ).toMatchObject({ kind: "sumdb-supported", sumdbName: NAME });
  });

  it("takes a name with a path, and one without a dot only below a known base", () => {
    expect(
      ask("https://goproxy.cn/sumdb/corp.example/db/lookup/a.example/b@v1.0.0"),
    ).toMatchObject({ kind: "sumdb-lookup", sumdbName: "corp.example/db" });
    const url = "https://goproxy.cn/sumdb/testdb/latest";
    expect(ask(url).kind).toBe("other");
    expect(ask(url, { bases: proxyBases(["goproxy.cn"]) })).toMatchObject({
      kind: "sumdb-latest",
      sumdbName: "testdb",
    });
  });

  it("knows by GOSUMDB what another host and path serve", () => {
    const bases = sumdbBases("corpdb+af57bc1e+AUx https://corp.example/db/");
    expect(ask("https://corp.example/db/latest", { bases })).toMatchObject({
      kind: "sumdb-latest",
      sumdbName: "corpdb",
    });
    expect(
      ask("https://corp.example/db/lookup/a.example/b@v1.0.0", { bases }),
    ).toMatchObject({ kind: "sumdb-lookup", sumdbName: "corpdb" });
    expect(ask("https://corp.example/db/latest").kind).toBe("other");
  });

  it.each([
    "https://example.com/latest",
    `${DIRECT}/supported`,
    `${DIRECT}/lookup/rsc.io/quote`,
    `${DIRECT}/lookup/rsc.io/Quote@v1.0.0`,
    `${DIRECT}/lookup/rsc.io/quote@`,
    `${DIRECT}/tile/0/0/000`,
    `${DIRECT}/tile/31/0/000`,
    `${DIRECT}/tile/8/0/1`,
    `${DIRECT}/tile/8/0/005/123`,
    `${DIRECT}/tile/8/0/000.p/0`,
    `${DIRECT}/tile/%zz/0/000`,
    "https://example.com/blog/sumdb/post/latest",
    `${PROXIED}/other`,
    PROXIED,
    "https://goproxy.cn/sumdb/",
  ])("%s is none", (url) => {
    expect(ask(url).kind).toBe("other");
  });
});
