import { describe, expect, it } from "vitest";

import { matchesModulePatterns } from "../../src/policy/module-patterns.js";

// `go help private`, and Go's own table (golang.org/x/mod/module TestMatchPrefixPatterns).
describe("matchesModulePatterns", () => {
  it.each([
    ["", "rsc.io/quote", false],
    ["/", "rsc.io/quote", false],
    ["*/quote", "rsc.io/quote", true],
    ["*/quo", "rsc.io/quote", false],
    ["*/quo??", "rsc.io/quote", true],
    ["*/quo*", "rsc.io/quote", true],
    ["*quo*", "rsc.io/quote", false],
    ["rsc.io", "rsc.io/quote", true],
    ["*.io", "rsc.io/quote", true],
    ["rsc.io/", "rsc.io/quote", true],
    ["rsc", "rsc.io/quote", false],
    ["rsc*", "rsc.io/quote", true],
    ["rsc.io", "rsc.io/quote/v3", true],
    ["*/quote", "rsc.io/quote/v3", true],
    ["*/quote/", "rsc.io/quote/v3", true],
    ["*/quote/*", "rsc.io/quote/v3", true],
    ["*/quote/*/", "rsc.io/quote/v3", true],
    ["*/v3", "rsc.io/quote/v3", false],
    ["*/*/v3", "rsc.io/quote/v3", true],
    ["*/*/*", "rsc.io/quote/v3", true],
    ["*/*/*/", "rsc.io/quote/v3", true],
    ["*/*/*", "rsc.io/quote", false],
    ["*/*/*/", "rsc.io/quote", false],
    ["*/*/*,,", "rsc.io/quote", false],
    ["*/*/*,,*/quote", "rsc.io/quote", true],
    [",,*/quote", "rsc.io/quote", true],
    // ours: what go help private shows, what malformed and unusual lists do
    ["*.corp.example,rsc.io/private", "git.corp.example/xyzzy", true],
    ["*.corp.example,rsc.io/private", "rsc.io/private/quux", true],
    ["*.corp.example,rsc.io/private", "corp.example/x", false],
    ["**", "rsc.io/quote", true],
    ["{rsc.io,x}", "rsc.io/quote", false],
    ["[,rsc.io", "rsc.io/quote", true],
    ["[a/rsc.io", "rsc.io/quote", false],
    [" rsc.io", "rsc.io/quote", false],
    ["rsc.io//", "rsc.io/quote", false],
  ])("%s with %s: %s", (globs, path, match) => {
    expect(matchesModulePatterns(globs, path)).toBe(match);
  });
});
