import fc from "fast-check";
import { expect, it } from "vitest";

import {
  parseTilePath,
  tileBytes,
  type Tile,
} from "../../src/gosum/tile-path.js";

// golang.org/x/mod/sumdb/tlog, tilePaths of its tests, without `tile/`.
it.each<[string, Tile, number | undefined]>([
  ["4/0/001", { height: 4, level: 0, index: 1n, width: 16 }, 512],
  ["4/0/001.p/5", { height: 4, level: 0, index: 1n, width: 5 }, 160],
  [
    "3/5/x123/x456/078",
    { height: 3, level: 5, index: 123456078n, width: 8 },
    256,
  ],
  [
    "3/5/x123/x456/078.p/2",
    { height: 3, level: 5, index: 123456078n, width: 2 },
    64,
  ],
  ["1/0/x003/x057/500", { height: 1, level: 0, index: 3057500n, width: 2 }, 64],
  ["3/5/123", { height: 3, level: 5, index: 123n, width: 8 }, 256],
  [
    "8/data/x001/002.p/9",
    { height: 8, level: "data", index: 1002n, width: 9 },
    undefined,
  ],
])("%s is a tile", (path, tile, bytes) => {
  expect(parseTilePath(path)).toEqual(tile);
  expect(tileBytes(tile)).toBe(bytes);
});

it.each([
  "",
  "3/5/12",
  "3/5/1234",
  "3/5/x123",
  "3/5/123/456",
  "3/5/x123/x456/x078",
  "3/5/x000/078",
  "3/5/123.p/8",
  "3/5/123.p/0",
  "3/5/123.p/02",
  "3/-1/123",
  "3/64/123",
  "0/5/123",
  "31/5/123",
  "03/5/123",
  "3/05/123",
  "../../../etc/passwd",
  "8/0/../000",
  "8/0/000/",
  `8/0/${"x999/".repeat(6)}999`,
])("%s is none", (path) => {
  expect(parseTilePath(path)).toBeUndefined();
});

it("reads every tile that Go can write", () => {
  const tile = fc.integer({ min: 1, max: 30 }).chain((height) =>
    fc.record<Tile>({
      height: fc.constant(height),
      level: fc.oneof(fc.nat(63), fc.constant("data" as const)),
      index: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      width: fc.integer({ min: 1, max: 2 ** height }),
    }),
  );
  fc.assert(
    fc.property(tile, (made) => {
      expect(parseTilePath(pathOf(made))).toEqual(made);
    }),
  );
});

/** Tile.Path, written from its description. */
function pathOf({ height, level, index, width }: Tile): string {
  const digits = String(index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, "0");
  const groups = padded.match(/\d{3}/g) ?? [];
  const last = groups.pop() ?? "";
  const parts = [...groups.map((group) => `x${group}`), last].join("/");
  return `${height}/${level}/${parts}${width === 2 ** height ? "" : `.p/${width}`}`;
}
