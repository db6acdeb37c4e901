import { describe, expect, it } from "vitest";

import { FAILURE_KINDS, type FailureKind } from "../../src/model/failure.js";
import { blameFor } from "../../src/policy/breaker-blame.js";

const NOBODYS: FailureKind[] = [
  "total-timeout",
  "not-there",
  "mirror-differs",
  "range-differs",
  "breaker-open",
  "overtaken",
  "forbidden-address",
  "client-gone",
  "client-untrusting",
  "bad-request",
  "stopped",
  "internal",
];

describe("blameFor", () => {
  it("blames nobody for what is no upstream's fault, and over the direct way the origin for all else", () => {
    const blamed = FAILURE_KINDS.filter(
      (kind) => blameFor({ kind }, true).origin,
    );
    expect(blamed).toEqual(
      FAILURE_KINDS.filter((kind) => !NOBODYS.includes(kind)),
    );
    expect(FAILURE_KINDS.some((kind) => blameFor({ kind }, true).way)).toBe(
      false,
    );
  });

  it.each([
    ["connect-timeout", true, false],
    ["dns-failure", true, false],
    ["proxy-auth", true, false],
    ["proxy-timeout", true, true],
    ["proxy-failed", true, true],
    ["proxy-refused", false, true],
    ["tls-untrusted", false, true],
    ["first-byte-timeout", false, true],
    ["client-gone", false, false],
  ] as const)("over a proxy: %s (way %s, origin %s)", (kind, way, origin) => {
    expect(blameFor({ kind }, false)).toEqual({ way, origin });
  });

  it("blames the proxy for its own certificate", () => {
    expect(blameFor({ kind: "tls-untrusted", phase: "proxy" }, false)).toEqual({
      way: true,
      origin: false,
    });
  });
});
