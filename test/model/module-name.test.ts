import { describe, expect, it } from "vitest";

import { isCanonicalVersion } from "../../src/model/module-name.js";

// golang.org/x/mod/module CanonicalVersion(v) == v
describe("isCanonicalVersion", () => {
  it.each([
    "v0.0.0",
    "v1.2.3",
    "v10.20.30",
    "v1.2.3-pre",
    "v1.2.3-rc.1",
    "v1.2.3-0.a-b.C",
    "v1.2.3-01a",
    "v2.0.0+incompatible",
    "v2.0.0-rc.1+incompatible",
    "v0.0.0-20210101000000-abcdef012345",
    "v1.2.4-0.20210101000000-abcdef012345",
    "v0.0.1-go1.21.0.linux-amd64",
    "v0.0.1-go1.22rc1.darwin-arm64",
  ])("%s is", (version) => {
    expect(isCanonicalVersion(version)).toBe(true);
  });

  it.each([
    "",
    "master",
    "v1",
    "v1.2",
    "1.2.3",
    "V1.2.3",
    "v01.2.3",
    "v1.2.3-",
    "v1.2.3-01",
    "v1.2.3-a..b",
    "v1.2.3+meta",
    "v1.2.3+incompatible.1",
    "v1.2.3 ",
    "v1.2.3\n",
    "v1.2.3/x",
    "release-v1.2.3",
    "0123456789ab",
  ])("%j is not", (version) => {
    expect(isCanonicalVersion(version)).toBe(false);
  });
});
