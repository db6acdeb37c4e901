import { describe, expect, it } from "vitest";

import { legend, waterfallBar } from "../../src/report/waterfall.js";

const axis = { startUs: 0, endUs: 1000, cells: 10 };
const ascii = { columns: 80, color: false, unicode: false };

describe("waterfallBar", () => {
  it("draws each phase where and as long as it was", () => {
    const segments = [
      { stretch: "request", startUs: 100, endUs: 900 },
      { stretch: "dns", startUs: 100, endUs: 200 },
      { stretch: "wait", startUs: 300, endUs: 600 },
      { stretch: "receive", startUs: 600, endUs: 900 },
    ] as const;
    expect(waterfallBar(segments, axis, false, ascii)).toBe(" d.---###");
    expect(
      waterfallBar(segments, axis, false, { ...ascii, unicode: true }),
    ).toBe(" ░·───███");
  });

  it("shows in a cell what fills most of it, and what is too short where it stands alone", () => {
    const segments = [
      { stretch: "request", startUs: 0, endUs: 100 },
      { stretch: "dns", startUs: 0, endUs: 5 },
      { stretch: "wait", startUs: 5, endUs: 95 },
      { stretch: "receive", startUs: 95, endUs: 100 },
    ] as const;
    expect(waterfallBar(segments, axis, false, ascii)).toBe("-");
    const instant = { stretch: "receive", startUs: 1000, endUs: 1000 } as const;
    expect(waterfallBar([instant], axis, false, ascii)).toBe("         #");
  });

  it("ends an open span with an arrow, and paints runs of one kind at once", () => {
    const wait = { stretch: "wait", startUs: 500, endUs: 1000 } as const;
    expect(waterfallBar([wait], axis, true, ascii)).toBe("     ---->");
    expect(waterfallBar([wait], axis, false, { ...ascii, color: true })).toBe(
      "     \u001b[33m-----\u001b[0m",
    );
  });

  it("survives spans outside the axis and an axis of no length", () => {
    const wild = { stretch: "wait", startUs: -500, endUs: 5000 } as const;
    expect(waterfallBar([wild], axis, false, ascii)).toBe("----------");
    const none = { startUs: 5, endUs: 5, cells: 3 };
    const at = { stretch: "wait", startUs: 5, endUs: 5 } as const;
    expect(waterfallBar([at], none, false, ascii)).toBe("-");
  });
});

describe("legend", () => {
  it("explains what was drawn, in the order of the phases", () => {
    const used = new Set(["wait", "dns", "whole"] as const);
    expect(legend(used, ascii)).toEqual(["d dns  - wait"]);
    expect(legend(used, { ...ascii, columns: 12 })).toEqual([
      "d dns",
      "- wait",
    ]);
  });
});
