import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cutText, padText, textWidth } from "../../src/report/text-width.js";

describe("textWidth", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["über", 4],
    ["模块", 4],
    ["e\u0301", 1],
    ["🚀!", 3],
    ["…━█░", 4],
  ])("%s takes %d cells", (text, cells) => {
    expect(textWidth(text)).toBe(cells);
  });
});

describe("cutText", () => {
  it("cuts between characters, wide ones too", () => {
    expect(cutText("golang.org", 10)).toBe("golang.org");
    expect(cutText("golang.org", 7)).toBe("golang…");
    expect(cutText("模块模块", 4)).toBe("模…");
    expect(cutText("golang.org", 7, "~")).toBe("golang~");
    expect(cutText("abc", 0)).toBe("");
  });

  it("is never wider than asked, and padding fills it up", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (text, width) => {
        const cut = cutText(text, width);
        expect(textWidth(cut)).toBeLessThanOrEqual(width);
        expect(textWidth(padText(cut, width))).toBe(width);
      }),
    );
  });
});
