import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseLookup, verifyLookup } from "../../src/gosum/lookup.js";
import { verifyLatest } from "../../src/gosum/tree-note.js";
import { makeModuleTree } from "../support/module-tree.js";
import { makeSumdb } from "../support/sumdb.js";

const { modules } = makeModuleTree({ modules: 5 });
const database = makeSumdb("sum.example.org", modules);
const [, , , fourth] = modules;
if (fourth === undefined) throw new Error("a tree of five has a fourth");
const { escaped, path, version, zipHash, modHash } = fourth;
const body = textOf(`/lookup/${escaped}@${version}`);
const { key } = database;

function textOf(url: string): string {
  const answer = database.answer(url);
  if (typeof answer.body !== "string") throw new Error(`no text at ${url}`);
  return answer.body;
}

/** Signed by the same key: a tree of one record, number 0. */
const small = makeSumdb("sum.example.org", modules.slice(0, 1));

describe("a look-up", () => {
  it("is taken when the database signed its tree and it is about that module", () => {
    expect(verifyLookup(Buffer.from(body), key, path, version)).toMatchObject({
      ok: true,
      id: 3n,
      lines: [
        { path, version, of: "zip", hash: zipHash },
        { path, version, of: "mod", hash: modHash },
      ],
      tree: { size: 5n },
    });
  });

  it("has the shape that a real database sends", () => {
    const real =
      "67638482\nexample.com/x/mod v0.42.0 h1:ICeL3t2L30ljSPHHxDnR4fqVcBt/zR2zJAb9juavmQg=\nexample.com/x/mod v0.42.0/go.mod h1:u5fzIrRInkL8MaO1cbRkUHT64v303YIT5KEqpNr7jRs=\n\ngo.sum database tree\n69959272\nL6xGIG9BJ5WLe0paJgb2RVNCdNi6wVyMUVOfn9Oo/8s=\n\n— sum.example.org Az3grvPr9qFNGfBH993UqYhBVEqwL36wMKDSKjE/3PtBZWUkfXu1W9Ou9SCCy+ElsdGVH6ak2rZo9lsDhZhlD8TK6AE=\n";
    expect(parseLookup(real)).toMatchObject({
      id: 67638482n,
      lines: [{ of: "zip" }, { of: "mod" }],
    });
  });

  it.each([
    ["about another version", body, path, "v9.9.9", "about"],
    ["about another module", body, "example.com/other", version, "about"],
    [
      "with a line about another module",
      body.replace(`\n${path} ${version}/go.mod`, `\nevil.example ${version}`),
      path,
      version,
      "about evil.example",
    ],
    ["cut", body.slice(0, -10), path, version, "no answer"],
    ["empty", "", path, version, "no answer"],
    ["a not-found page", "not found\n", path, version, "no answer"],
    ["a record alone", `3\n${path} ${version} ${zipHash}\n`, path, version, ""],
    ["without lines", `3\n\n${textOf("/latest")}`, path, version, "no answer"],
    [
      "with half a hash",
      body.replace(zipHash, zipHash.slice(0, -5)),
      path,
      version,
      "no answer",
    ],
    [
      "beyond the tree",
      body.replace(/^3\n/, "5\n"),
      path,
      version,
      "tree of 5",
    ],
    ["with a negative number", body.replace(/^3/, "-3"), path, version, "no"],
  ])("is refused: %s", (_name, text, module, wanted, cause) => {
    expect(verifyLookup(text, key, module, wanted)).toMatchObject({
      ok: false,
      cause: expect.stringContaining(cause) as string,
    });
  });

  it("is refused when another key signed it", () => {
    expect(verifyLookup(body, small.key, path, version).ok).toBe(false);
  });

  it("is never taken when it is cut", () => {
    fc.assert(
      fc.property(fc.nat(body.length - 1), (at) => {
        expect(parseLookup(body.slice(0, at))).toBeUndefined();
      }),
    );
  });
});

describe("the tree's head", () => {
  it("is read", () => {
    expect(verifyLatest(textOf("/latest"), key)).toMatchObject({
      ok: true,
      tree: { size: 5n, hash: expect.stringMatching(/=$/) as string },
    });
  });

  it("is refused where a note of the same key is no tree", () => {
    const other = makeSumdb("sum.example.org", []);
    expect(verifyLatest(textOf("/latest"), other.key).ok).toBe(false);
    // Signed by Go's documentation's key: a true note, and no tree.
    const note =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    expect(
      verifyLatest(
        note,
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
      ),
    ).toMatchObject({ cause: expect.stringContaining("no tree") as string });
  });
});
