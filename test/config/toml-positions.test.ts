import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";

import { TomlPositions } from "../../src/config/toml-positions.js";

const DOCUMENT = `\uFEFF# first
top = 1
"quoted key" = 'it is' # no
text = """
[not.a.table]
a = 1 \\""" still
"""
literal = '''
b = 2
'''
[a.b] # c
c.d = { e = [1, 2, { f = "}" }], "g.h" = 3 }
[[list]]
x = 1
[[list]]
[list.inner]
y = 2
[[list.deep]]
[[list.deep]]
z = [
  "one", # two
  "three",
]
`;

describe("TomlPositions", () => {
  const positions = new TomlPositions(DOCUMENT);
  const at = (line: number, column: number) => ({ line, column });

  it.each([
    [["top"], at(2, 1), at(2, 7)],
    [["quoted key"], at(3, 1), at(3, 16)],
    [["literal"], at(8, 1), at(8, 11)],
    [["a", "b"], at(11, 1), at(11, 1)],
    [["a", "b", "c", "d"], at(12, 1), at(12, 7)],
    [["a", "b", "c", "d", "e", 2, "f"], at(12, 22), at(12, 26)],
    [["a", "b", "c", "d", "g.h"], at(12, 34), at(12, 42)],
    [["list", 1], at(15, 1), at(15, 1)],
    [["list", 1, "inner", "y"], at(17, 1), at(17, 5)],
    [["list", 1, "deep", 1, "z", 1], at(22, 3), at(22, 3)],
  ])("finds %j", (path, key, value) => {
    expect(positions.keyOf(path)).toEqual(key);
    expect(positions.valueOf(path)).toEqual(value);
  });

  it("takes nothing in a string for a key, and names the table around what is not there", () => {
    expect(positions.keyOf(["not"])).toBeUndefined();
    expect(positions.keyOf(["b"])).toBeUndefined();
    expect(positions.keyOf(["list", 1, "inner", "gone"])).toEqual(at(16, 1));
    expect(positions.keyOf([])).toBeUndefined();
  });

  it("is tried with a document that the parser takes", () => {
    expect(() => parse(DOCUMENT)).not.toThrow();
  });

  it("ends on any text", () => {
    for (const text of ["=", "]", "[", '"', "a = [", "a = {", "'''", "a.", "a"])
      expect(() => new TomlPositions(text)).not.toThrow();
  });
});
