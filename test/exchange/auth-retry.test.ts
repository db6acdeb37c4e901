import { describe, expect, it } from "vitest";

import {
  authRetryMemory,
  isAuthRetry,
  rememberRefusal,
} from "../../src/exchange/auth-retry.js";

describe("go's second try after a 4xx", () => {
  it("is marked once, and a third request is a request again", () => {
    const memory = authRetryMemory();
    expect(isAuthRetry(memory, "k", 0)).toBe(false);
    rememberRefusal(memory, "k", 10);
    expect(isAuthRetry(memory, "k", 20)).toBe(true);
    expect(isAuthRetry(memory, "k", 30)).toBe(false);
  });

  it("is not assumed after a minute", () => {
    const memory = authRetryMemory();
    rememberRefusal(memory, "k", 0);
    expect(isAuthRetry(memory, "k", 60_001)).toBe(false);
  });

  it("forgets the oldest of many", () => {
    const memory = authRetryMemory();
    for (let index = 0; index <= 256; index += 1)
      rememberRefusal(memory, `k${index}`, index);
    expect(isAuthRetry(memory, "k0", 300)).toBe(false);
    expect(isAuthRetry(memory, "k256", 300)).toBe(true);
  });
});
