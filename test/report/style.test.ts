import { describe, expect, it } from "vitest";

import {
  columnsOf,
  paint,
  wantsColor,
  wantsUnicode,
} from "../../src/report/style.js";

describe("wantsColor", () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: "1" }, true, false],
    [{ NO_COLOR: "" }, true, true],
    [{ TERM: "dumb" }, true, false],
    [{ FORCE_COLOR: "1" }, false, true],
    [{ FORCE_COLOR: "0" }, true, false],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
  ])("%j on a terminal (%s): %s", (env, terminal, wanted) => {
    expect(wantsColor(env, terminal)).toBe(wanted);
  });
});

describe("wantsUnicode", () => {
  it.each([
    [{}, true],
    [{ LANG: "en_GB.UTF-8" }, true],
    [{ LANG: "en_GB.utf8", LC_ALL: "C" }, false],
    [{ LC_ALL: "", LC_CTYPE: "C.UTF-8", LANG: "C" }, true],
    [{ TERM: "linux", LANG: "en_GB.UTF-8" }, false],
  ])("%j: %s", (env, wanted) => {
    expect(wantsUnicode(env)).toBe(wanted);
  });
});

describe("paint", () => {
  it("leaves the text alone without colours", () => {
    expect(paint("x", "red", false)).toBe("x");
    expect(paint("x", undefined, true)).toBe("x");
    expect(paint("x", "red", true)).toBe("\u001b[31mx\u001b[0m");
  });
});

describe("columnsOf", () => {
  it.each([
    [{}, { isTTY: true, columns: 90 }, 90],
    [{ COLUMNS: "70" }, { isTTY: true, columns: 90 }, 70],
    [{ COLUMNS: "70" }, {}, 70],
    [{ COLUMNS: "0" }, { isTTY: true, columns: 90 }, 90],
    [{ COLUMNS: "wide" }, {}, Infinity],
    [{}, {}, Infinity],
    [{}, { isTTY: true, columns: 0 }, Infinity],
    [{}, { isTTY: false, columns: 80 }, Infinity],
  ])("%j on %j: %s", (env, stream, columns) => {
    expect(columnsOf(env, stream)).toBe(columns);
  });
});
