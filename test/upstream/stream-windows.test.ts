import { describe, expect, it } from "vitest";

import { StreamWindows } from "../../src/upstream/stream-windows.js";

describe("StreamWindows", () => {
  it("narrows above 32 open bodies and widens below 24", () => {
    const windows = new StreamWindows();
    const told: number[] = [];
    const apply = (bytes: number): void => {
      told.push(bytes);
    };
    windows.join(apply);
    for (let i = 0; i < 32; i++) windows.bodyOpened();
    expect(told).toEqual([]);
    windows.bodyOpened();
    windows.bodyOpened();
    expect(told).toEqual([262_144]);
    for (let i = 0; i < 10; i++) windows.bodyClosed();
    expect(windows.bytes).toBe(262_144);
    windows.bodyClosed();
    expect(told).toEqual([262_144, 1_048_576]);
    windows.leave(apply);
    for (let i = 0; i < 40; i++) windows.bodyOpened();
    expect(told).toHaveLength(2);
  });
});
