import { describe, expect, it } from "vitest";

import {
  NO_REFUSALS,
  refusedRecently,
  type RefusalMemory,
  remember,
} from "../../src/policy/refusal-memory.js";

const TEN_MINUTES = 600_000;

describe("RefusalMemory", () => {
  it("remembers for 10 minutes, from the last refusal on", () => {
    const once = remember(NO_REFUSALS, "git goproxy.cn", 1000);
    expect(refusedRecently(once, "git goproxy.cn", 1000)).toBe(true);
    expect(refusedRecently(once, "git goproxy.cn", TEN_MINUTES + 999)).toBe(
      true,
    );
    expect(refusedRecently(once, "git goproxy.cn", TEN_MINUTES + 1000)).toBe(
      false,
    );
    expect(refusedRecently(once, "go goproxy.cn", 1000)).toBe(false);
    const twice = remember(once, "git goproxy.cn", 5000);
    expect(refusedRecently(twice, "git goproxy.cn", TEN_MINUTES + 4999)).toBe(
      true,
    );
    expect(twice.size).toBe(1);
    expect(once.get("git goproxy.cn"), "not changed in place").toBe(1000);
  });

  it("forgets what is over, and the oldest above 1,000", () => {
    let memory: RefusalMemory = NO_REFUSALS;
    for (let i = 0; i < 1500; i++) memory = remember(memory, `host${i}`, i);
    expect(memory.size).toBe(1000);
    expect(refusedRecently(memory, "host499", 1500)).toBe(false);
    expect(refusedRecently(memory, "host500", 1500)).toBe(true);
    expect(remember(memory, "late", TEN_MINUTES + 1400).size).toBe(100);
  });
});
