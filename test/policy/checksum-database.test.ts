import { describe, expect, it } from "vitest";

import { checksumDatabase } from "../../src/policy/checksum-database.js";

// cmd/go/internal/modfetch/sumdb.go dbDial
describe("checksumDatabase", () => {
  it.each([
    ["sum.example.com", "sum.example.com", "sum.example.com", ""],
    [
      "sum.example.com+033de0ae+Ac4zct",
      "sum.example.com",
      "sum.example.com",
      "",
    ],
    [
      "sum.example.com/db+033de0ae+A",
      "sum.example.com/db",
      "sum.example.com",
      "/db",
    ],
    [
      " sum.example.com+033de0ae+A \t https://other.example/x/ ",
      "sum.example.com",
      "other.example",
      "/x",
    ],
  ])("%s", (gosumdb, name, host, path) => {
    expect(checksumDatabase(gosumdb)).toEqual({
      name,
      base: { origin: { scheme: "https", host, port: 443 }, path },
    });
  });

  it.each([
    "",
    "off",
    "sum.example.com https://a.example b",
    "sum.example.com https://user:pass@a.example",
    "sum.example.com file:///srv/sumdb",
    "sum.example.com nonsense",
  ])("%j names none", (gosumdb) => {
    expect(checksumDatabase(gosumdb)).toBe(undefined);
  });
});
