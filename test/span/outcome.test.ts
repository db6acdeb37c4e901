import { describe, expect, it } from "vitest";

import type { FailureKind } from "../../src/model/failure.js";
import type { RequestKind } from "../../src/model/request-kind.js";
import { errorTypeOf, exchangeFailed } from "../../src/span/outcome.js";
import { moduleRequest, sampleExchange } from "../support/sample-trace.js";

describe("errorTypeOf", () => {
  const rows: [
    FailureKind | undefined,
    number | undefined,
    RequestKind,
    string | undefined,
  ][] = [
    [undefined, 200, "zip", undefined],
    [undefined, 304, "zip", undefined],
    [undefined, 404, "list", undefined],
    [undefined, 410, "info", undefined],
    [undefined, 404, "sumdb-supported", undefined],
    [undefined, 401, "git-refs", undefined],
    [undefined, 401, "zip", "401"],
    [undefined, 403, "zip", "403"],
    [undefined, 429, "mod", "429"],
    [undefined, 403, "other", undefined],
    [undefined, 500, "other", "500"],
    [undefined, 503, "zip", "503"],
    ["client-gone", undefined, "zip", undefined],
    ["client-gone", 200, "zip", undefined],
    ["truncated", 200, "zip", "truncated"],
    ["body-idle-timeout", 200, "zip", "body-idle-timeout"],
    ["first-byte-timeout", 504, "zip", "first-byte-timeout"],
    ["stopped", 503, "zip", "stopped"],
    [undefined, undefined, "zip", undefined],
  ];
  it.each(rows)("%s, status %s of %s: %s", (kind, status, request, said) => {
    const failure = kind === undefined ? undefined : { kind };
    expect(errorTypeOf(failure, status, request)).toBe(said);
  });
});

describe("exchangeFailed", () => {
  it("is about the answer go got, not about its attempts", () => {
    const exchange = sampleExchange({
      request: moduleRequest("zip", "a.example/b", "v1.0.0"),
    });
    const [attempt] = exchange.attempts;
    if (attempt !== undefined) attempt.failure = { kind: "reset" };
    expect(exchangeFailed(exchange)).toBe(false);
    expect(
      exchangeFailed({ ...exchange, failure: { kind: "truncated" } }),
    ).toBe(true);
  });
});
