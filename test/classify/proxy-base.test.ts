import { describe, expect, it } from "vitest";

import { proxyBases, sumdbBases } from "../../src/classify/proxy-base.js";

describe("proxyBases", () => {
  it("reads lists, adds https, folds slashes, and passes over what is no proxy's URL", () => {
    expect(
      proxyBases([
        "goproxy.cn,https://Corp.Example:8443//go//|direct",
        "http://[2001:DB8::1]/p",
        "off",
        "noproxy",
        "file:///srv/modules",
        "/srv/modules",
        "https://",
        "",
      ]),
    ).toEqual([
      { serves: "modules", host: "goproxy.cn", port: 443, path: "" },
      { serves: "modules", host: "corp.example", port: 8443, path: "/go" },
      { serves: "modules", host: "2001:db8::1", port: 80, path: "/p" },
    ]);
  });

  it("never keeps credentials", () => {
    expect(
      JSON.stringify(proxyBases(["https://user:s3cret@corp.example/go"])),
    ).not.toContain("s3cret");
  });
});

describe("sumdbBases", () => {
  it.each([
    [
      "sum.golang.google.cn",
      [{ host: "sum.golang.google.cn", sumdbName: "sum.golang.google.cn" }],
    ],
    [
      "corpdb+af57bc1e+AUx http://db.corp.example:81/x/",
      [
        {
          host: "db.corp.example",
          port: 81,
          path: "/x",
          sumdbName: "corpdb",
        },
      ],
    ],
    ["corp.example/db+1+2", [{ host: "corp.example", path: "/db" }]],
    ["off", []],
    ["", []],
  ])("%s", (gosumdb, expected) => {
    const bases = sumdbBases(gosumdb);
    expect(bases).toHaveLength(expected.length);
    expect(bases).toMatchObject(expected);
  });
});
