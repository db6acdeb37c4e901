import { describe, expect, it } from "vitest";

import { chosenBreaker } from "../../src/daemon/breaker-choice.js";

const NAMES = ["goproxy.cn:443 modules", "goproxy.cn:443 sumdb", "way socks"];

describe("chosenBreaker", () => {
  it("takes a name, one without :443, or a beginning", () => {
    expect(chosenBreaker("way socks", NAMES)).toBe("way socks");
    expect(chosenBreaker("goproxy.cn sumdb", NAMES)).toBe(NAMES[1]);
    expect(chosenBreaker("way", NAMES)).toBe("way socks");
  });

  it.each([
    ["goproxy.cn", NAMES, "SEVERAL_BREAKERS", "name one in full"],
    ["way sokcs", NAMES, "NO_BREAKER", 'did you mean "way socks"?'],
    ["zzz", ["way a"], "NO_BREAKER", 'there are: "way a"'],
    ["zzz", [], "NO_BREAKER", "there is none at all"],
  ])("%j is an error that helps", (typed, names, code, hint) => {
    expect(() => chosenBreaker(typed, names)).toThrow(
      expect.objectContaining({
        code,
        hint: expect.stringContaining(hint) as string,
      }),
    );
  });

  it("lists a dozen of many", () => {
    const many = Array.from({ length: 30 }, (_, i) => `h${i}.example:1 git`);
    expect(() => chosenBreaker("zzz", many)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/ and 18 more$/) as string,
      }),
    );
  });
});
