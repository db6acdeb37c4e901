import { describe, expect, it } from "vitest";

import { nearest } from "../../src/config/nearest.js";

describe("nearest", () => {
  it.each([
    ["firstByte", ["dns", "first_byte"], "first_byte"],
    ["timeout", ["tls", "timeouts"], "timeouts"],
    ["bakcoff", ["backoff", "budget"], "backoff"],
    ["x", ["dns", "tls"], undefined],
    ["completely", ["dns", "different"], undefined],
    ["", ["dns"], undefined],
  ])("%j of %j is %j", (typed, candidates, found) =>
    expect(nearest(typed, candidates)).toBe(found),
  );
});
