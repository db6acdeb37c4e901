import { expect, it } from "vitest";

import { sumdbKeyOf, sumdbNameOf } from "../../src/gosum/sumdb-setting.js";

const KEY = "sum.example.org+01234567+AAAA";
const known = new Map([
  ["sum.example.org", KEY],
  ["sum.example.cn", KEY],
]);

it.each([
  ["sum.example.org", KEY],
  ["sum.example.org https://mirror.example.com/sum", KEY],
  ["sum.example.cn", KEY],
  ["own.example+89abcdef+BBBB", "own.example+89abcdef+BBBB"],
  [
    " own.example+89abcdef+BBBB  https://x.example ",
    "own.example+89abcdef+BBBB",
  ],
  ["other.example", undefined],
  ["off", undefined],
  ["", undefined],
  ["sum.example.org a b", undefined],
])("GOSUMDB=%j", (setting, key) => {
  expect(sumdbKeyOf(setting, known)).toBe(key);
});

it("an alias has the name that its key says", () => {
  expect(sumdbNameOf(sumdbKeyOf("sum.example.cn", known) ?? "")).toBe(
    "sum.example.org",
  );
});
