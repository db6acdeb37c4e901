import { expect, it } from "vitest";

import { StreamWindows } from "../../src/upstream/stream-windows.js";

const MIB = 1 << 20;

it("windows narrow with the number of open bodies, and widen again later than they narrowed", () => {
  const windows = new StreamWindows();
  const told: number[] = [];
  const apply = (bytes: number): void => {
    told.push(bytes);
  };
  const open = (count: number): void => {
    for (let i = 0; i < count; i++) windows.bodyOpened();
  };
  const close = (count: number): void => {
    for (let i = 0; i < count; i++) windows.bodyClosed();
  };
  windows.join(apply);
  open(8);
  expect(windows.bytes).toBe(4 * MIB);
  open(24);
  expect(told).toEqual([MIB]);
  open(2);
  expect(told).toEqual([MIB, MIB / 4]);
  close(10);
  expect(windows.bytes).toBe(MIB / 4);
  close(1);
  expect(told).toEqual([MIB, MIB / 4, MIB]);
  close(17);
  expect(windows.bytes).toBe(MIB);
  close(1);
  expect(windows.bytes).toBe(4 * MIB);
  windows.leave(apply);
  open(60);
  expect(told).toHaveLength(4);
});
