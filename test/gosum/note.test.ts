import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isNote, verifyNote } from "../../src/gosum/note.js";
import { parseVerifierKey } from "../../src/gosum/verifier-key.js";
import { makeSumdb } from "../support/sumdb.js";

/** The example of golang.org/x/mod/sumdb/note's documentation: made by Go, not by us. */
const NEUMANN =
  "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT =
  "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNED =
  "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const COSIGNED =
  "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n";
const NOTE = `${TEXT}\n${SIGNED}`;

describe("a verifier key", () => {
  it("is read when its hash is that of its name and key", () => {
    expect(parseVerifierKey(NEUMANN)).toMatchObject({
      name: "PeterNeumann",
      hash: "c74f20a3",
    });
  });

  it.each([
    "",
    "PeterNeumann",
    "PeterNeumann+c74f20a3",
    NEUMANN.replace("c74f20a3", "c74f20a4"),
    NEUMANN.replace("c74f20a3", "c74f20a"),
    NEUMANN.replace("PeterNeumann", "PeterNeumanm"),
    NEUMANN.replace("PeterNeumann", "Peter Neumann"),
    NEUMANN.replace("PeterNeumann", "Peter\u0085Neumann"),
    NEUMANN.replace("PeterNeumann", ""),
    `${NEUMANN}=`,
    NEUMANN.replace("ARpc", "Ahpc"),
    NEUMANN.slice(0, -4),
    // Another algorithm, with the right hash for it.
    "a.example+8fb9e3d2+AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ])("%j is none", (text) => {
    expect(parseVerifierKey(text)).toBeUndefined();
  });
});

describe("a signed note", () => {
  it("gives its text", () => {
    expect(verifyNote(NOTE, NEUMANN)).toEqual({ ok: true, text: TEXT });
    expect(verifyNote(Buffer.from(NOTE), NEUMANN)).toEqual({
      ok: true,
      text: TEXT,
    });
  });

  it("may be signed by others too", () => {
    for (const note of [NOTE + COSIGNED, `${TEXT}\n${COSIGNED}${SIGNED}`])
      expect(verifyNote(note, NEUMANN)).toEqual({ ok: true, text: TEXT });
  });

  it.each([
    ["by others alone", `${TEXT}\n${COSIGNED}`, "not signed by"],
    ["another text", NOTE.replace("problem", "Problem"), "false signature"],
    [
      "another signature",
      NOTE.replace("4o/ZJ", "go/ZJ").replace("UG/S", "UG/T"),
      "false signature",
    ],
    ["no signature", TEXT, "malformed"],
    ["nothing", "", "malformed"],
    ["cut", NOTE.slice(0, -1), "malformed"],
    ["cut in its signature", NOTE.slice(0, -3) + "\n", "malformed"],
    ["a control character", NOTE.replace("then", "\rthen"), "malformed"],
    ["a line that signs nothing", `${NOTE}hello\n`, "malformed"],
    ["more than 100 signatures", `${TEXT}\n${SIGNED.repeat(101)}`, "malformed"],
    ["HTML", "<html><body>\n\nPlease log in\n</body></html>\n", "malformed"],
  ])("does not: %s", (_name, note, cause) => {
    const result = verifyNote(note, NEUMANN);
    expect(result).toMatchObject({
      ok: false,
      cause: expect.stringContaining(cause) as string,
    });
  });

  it("does not when it is no UTF-8, or begins with a byte order mark", () => {
    const note = Buffer.from(NOTE);
    const broken = Buffer.from(note);
    broken[3] = 0xff;
    expect(verifyNote(broken, NEUMANN).ok).toBe(false);
    const marked = Buffer.concat([Buffer.from("\ufeff"), note]);
    expect(verifyNote(marked, NEUMANN)).toMatchObject({
      cause: expect.stringContaining("false signature") as string,
    });
  });

  it("with any one byte changed is refused", () => {
    const database = makeSumdb("sum.example.org", []);
    const { key } = database;
    const note = Buffer.from(database.answer("/latest").body as string);
    expect(verifyNote(note, key).ok).toBe(true);
    fc.assert(
      fc.property(
        fc.nat(note.length - 1),
        fc.integer({ min: 1, max: 255 }),
        (at, flip) => {
          const changed = Buffer.from(note);
          changed[at] = (changed[at] ?? 0) ^ flip;
          expect(verifyNote(changed, key).ok).toBe(false);
        },
      ),
    );
  });

  it("is never taken for one when it is cut", () => {
    fc.assert(
      fc.property(fc.nat(NOTE.length - 1), (at) => {
        expect(isNote(NOTE.slice(0, at))).toBe(false);
      }),
    );
  });

  it("needs a key that is one", () => {
    expect(verifyNote(NOTE, "sum.example.org").ok).toBe(false);
  });
});
