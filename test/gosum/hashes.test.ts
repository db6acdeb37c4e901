import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { goModHash, hash1 } from "../../src/gosum/dirhash.js";
import { parseGoSum } from "../../src/gosum/go-sum.js";
import { makeModuleTree } from "../support/module-tree.js";

describe("h1:", () => {
  // Both by `sha256sum $(ls | LC_ALL=C sort) | sha256sum`, which is how Hash1 is defined.
  it("is what the command line of its definition prints", () => {
    expect(
      hash1([
        { name: "xyz", content: "data for xyz" },
        { name: "abc", content: "data for abc" },
      ]),
    ).toBe("h1:EP6WfDoQTSk9klnxcjriWJOGztueJUywHNmWeq+efB8=");
  });

  it("sorts names by their bytes, not by UTF-16 units", () => {
    const files = ["\u{1d11e}", "\uff5e"].map((name) => ({
      name,
      content: "",
    }));
    expect(hash1(files)).toBe(
      "h1:/vozb8AdcvQ865OJhrWs01+izP2tPeXu5jb4o598Skk=",
    );
  });

  it("does not depend on the order of the files", () => {
    const file = fc.record({
      name: fc.string({ unit: "grapheme", minLength: 1 }),
      content: fc.string(),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(file, { selector: ({ name }) => name }),
        (files) => {
          expect(hash1(files)).toBe(hash1(files.toReversed()));
        },
      ),
    );
  });

  it("cannot be had where a name holds a newline", () => {
    expect(hash1([{ name: "a\nb", content: "" }])).toBeUndefined();
  });

  it("of a go.mod is the one in go.sum", () => {
    for (const { mod, modHash } of makeModuleTree({ modules: 3 }).modules)
      expect(goModHash(mod)).toBe(modHash);
  });
});

describe("go.sum", () => {
  const { goSum, modules } = makeModuleTree({ modules: 4 });

  it("is read line by line", () => {
    expect(parseGoSum(goSum)).toEqual(
      modules.flatMap(({ path, version, zipHash, modHash }) => [
        { path, version, of: "zip", hash: zipHash },
        { path, version, of: "mod", hash: modHash },
      ]),
    );
    expect(parseGoSum("")).toEqual([]);
    expect(parseGoSum(`\n${goSum}\n\n`)).toHaveLength(8);
  });

  it("keeps hashes of a later kind", () => {
    expect(parseGoSum("a.example v1.0.0 h2:xyz")).toHaveLength(1);
  });

  it.each([
    "a.example v1.0.0",
    "a.example v1.0.0 h1:xyz",
    "a.example v1.0.0 h1: extra",
    "<html>",
  ])("%j is none", (text) => {
    expect(parseGoSum(text)).toBeUndefined();
  });
});
