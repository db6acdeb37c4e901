import { describe, expect, it } from "vitest";

import { insecureHost, insecurePath } from "../../src/policy/go-insecure.js";

describe("insecureHost", () => {
  it.each([
    ["", "corp.example", undefined],
    ["corp.example", "corp.example", "corp.example"],
    ["x.example,corp.example/team", "corp.example", "corp.example/team"],
    ["*.example", "corp.example", "*.example"],
    ["*.example", "a.corp.example", "*.example"],
    ["*", "corp.example", "*"],
    ["corp.example", "git.corp.example", undefined],
    ["[", "corp.example", undefined],
    [" corp.example", "corp.example", undefined],
  ])("%j, %s: %s", (globs, host, pattern) => {
    expect(insecureHost(globs, host)).toBe(pattern);
  });
});

describe("insecurePath", () => {
  it.each([
    ["", "corp.example/lib", undefined],
    ["corp.example", "corp.example/lib", "corp.example"],
    ["corp.example/team", "corp.example/team/lib", "corp.example/team"],
    ["corp.example/team", "corp.example/other", undefined],
    // The repository's root, where <meta> leads further up.
    ["corp.example/team/lib", "corp.example/team", "corp.example/team/lib"],
    ["corp.example/team/lib", "corp.example", "corp.example/team/lib"],
    ["corp.example/team/lib", "corp.example/te", undefined],
    ["a.example,corp.example/*/", "corp.example/x/y", "corp.example/*/"],
    ["*.example", "x.test/lib", undefined],
  ])("%j, %s: %s", (globs, path, pattern) => {
    expect(insecurePath(globs, path)).toBe(pattern);
  });
});
