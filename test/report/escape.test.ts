import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { escapeText } from "../../src/report/escape.js";

describe("escapeText", () => {
  it.each([
    ["plain text ü 模块", "plain text ü 模块"],
    ["\u001b[2Jgone", "^[[2Jgone"],
    ["a\r\nb\tc", "a^M^Jb^Ic"],
    ["\u009b31m", "\\u{9b}31m"],
    ["\u007f", "^?"],
    ["abc\u202egpj.exe", "abc\\u{202e}gpj.exe"],
    ["a\u2066b\u2069", "a\\u{2066}b\\u{2069}"],
    ["zero\u200bwidth\ufeff", "zero\\u{200b}width\\u{feff}"],
    ["\u{e0041}", "\\u{e0041}"],
    ["lone \ud800!", "lone \\u{d800}!"],
  ])("%j", (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it("leaves nothing that a terminal obeys, whatever comes in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeText(text)).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Cs}/u);
      }),
    );
  });
});
