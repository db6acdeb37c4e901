import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";

import {
  isPrivateModule,
  privatePatterns,
} from "../../src/policy/private-modules.js";

describe("privatePatterns", () => {
  it("takes GOPRIVATE where a list is not set or empty", () => {
    const goprivate = "*.corp.example";
    const both = { noProxy: goprivate, noSumdb: goprivate };
    expect(privatePatterns({ goprivate })).toEqual(both);
    expect(privatePatterns({ goprivate, gonoproxy: "" })).toEqual(both);
    expect(privatePatterns({ goprivate, gonosumdb: "x.example" })).toEqual({
      noProxy: goprivate,
      noSumdb: "x.example",
    });
    expect(privatePatterns({})).toEqual({ noProxy: "", noSumdb: "" });
  });

  it.runIf(hasGo())("agrees with go env", () => {
    for (const [goprivate, gonoproxy] of [
      ["*.corp.example", ""],
      ["*.corp.example", "none"],
    ] as const) {
      const said = spawnSync("go", ["env", "GONOPROXY", "GONOSUMDB"], {
        encoding: "utf8",
        env: {
          ...process.env,
          GOENV: "off",
          GOTOOLCHAIN: "local",
          GOPRIVATE: goprivate,
          GONOPROXY: gonoproxy,
          GONOSUMDB: "",
        },
      });
      const { noProxy, noSumdb } = privatePatterns({ goprivate, gonoproxy });
      expect(said.stdout).toBe(`${noProxy}\n${noSumdb}\n`);
    }
  });
});

describe("isPrivateModule", () => {
  it.each<[string, Parameters<typeof isPrivateModule>[1], boolean]>([
    ["git.corp.example/a", { goprivate: "*.corp.example" }, true],
    ["git.corp.example/a", { gonoproxy: "*.corp.example" }, true],
    ["git.corp.example/a", { gonosumdb: "*.corp.example" }, true],
    // A company's own proxy serves it: it is private all the same.
    [
      "git.corp.example/a",
      { goprivate: "*.corp.example", gonoproxy: "none", gonosumdb: "none" },
      true,
    ],
    // `none` is a pattern like any other, and names no module that there can be.
    ["x.example/none", { gonoproxy: "none", gonosumdb: "none" }, false],
    ["x.example/a", { goprivate: "*.corp.example" }, false],
    ["x.example/a/b", { goprivate: "x.example/a" }, true],
    ["x.example/ab", { goprivate: "x.example/a" }, false],
    ["x.example/a", {}, false],
    ["x.example/a", { goprivate: "*" }, true],
  ])("%s with %o: %s", (path, settings, wanted) => {
    expect(isPrivateModule(path, settings)).toBe(wanted);
  });
});

function hasGo(): boolean {
  return spawnSync("go", ["version"]).status === 0;
}
