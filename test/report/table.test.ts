import { describe, expect, it } from "vitest";

import { tableLines } from "../../src/report/table.js";
import { textWidth } from "../../src/report/text-width.js";

const COLUMNS = [
  { title: "session", flexible: true },
  { title: "requests", align: "right" as const },
  { title: "state" },
];
const STYLE = { columns: 80, color: false, unicode: true };

describe("tableLines", () => {
  it("aligns columns under their titles, without trailing spaces", () => {
    const rows = [
      ["go mod download", "482", "open"],
      ["模块", "7"],
    ];
    expect(tableLines(COLUMNS, rows, STYLE, 2)).toEqual([
      "  session          requests  state",
      "  go mod download       482  open",
      "  模块                    7",
    ]);
  });

  it("cuts the flexible column where the line is too narrow, down to its title", () => {
    const rows = [["go mod download all of it", "482", "open"]];
    const lines = tableLines(COLUMNS, rows, { ...STYLE, columns: 30 });
    expect(lines[1]).toBe("go mod downl…       482  open".padStart(29));
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(30);
    const narrowest = tableLines(COLUMNS, rows, { ...STYLE, columns: 5 });
    expect(narrowest[0]).toBe("session  requests  state");
  });

  it("escapes what came from the network", () => {
    expect(tableLines(COLUMNS, [["\u001b[2J"]], STYLE)[1]).toBe("^[[2J");
  });
});
