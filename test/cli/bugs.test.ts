import { describe, expect, it } from "vitest";

import { bugText } from "../../src/cli/bugs.js";

// What becomes of a bug in a whole program is tested in test/go/command-line.test.ts.
describe("bugText", () => {
  it("asks to report it, with version, system and stack", () => {
    const text = bugText(new TypeError("not thought of"));
    expect(text).toMatch(
      /^gotap: this is a bug in gotap; please report it with these lines: gotap \d.*node \d/,
    );
    expect(text).toMatch(/\nTypeError: not thought of\n\s+at .*bugs\.test/);
  });

  it("shows what is no error, and no control characters", () => {
    expect(bugText("\u001B[2J")).not.toContain("\u001B");
    expect(bugText(undefined)).toContain("\nundefined\n");
  });
});
