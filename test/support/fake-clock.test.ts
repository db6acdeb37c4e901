import { describe, expect, it } from "vitest";

import { FakeClock } from "./fake-clock.js";

describe("FakeClock", () => {
  it("fires timers in the order of their instants, also those set on the way", () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.after(20, () => seen.push(`b at ${clock.nowMs()}`));
    clock.after(10, () => {
      seen.push(`a at ${clock.nowMs()}`);
      clock.after(5, () => seen.push(`c at ${clock.nowMs()}`));
    });
    clock.after(30, () => seen.push("too late"));
    clock.advance(25);
    expect(seen).toEqual(["a at 10", "c at 15", "b at 20"]);
    expect(clock.nowMs()).toBe(25);
    expect(clock.pending).toBe(1);
  });

  it("forgets a cancelled timer and moves the wall clock with the other", () => {
    const clock = new FakeClock(5, 1_000_000n);
    const timer = clock.after(1, () => expect.unreachable());
    timer.cancel();
    timer.cancel();
    clock.advance(1.5);
    expect(clock.nowUnixNano()).toBe(2_500_000n);
  });
});
