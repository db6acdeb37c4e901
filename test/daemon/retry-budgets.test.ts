import { describe, expect, it } from "vitest";

import { RetryBudgets } from "../../src/daemon/retry-budgets.js";
import type { Origin } from "../../src/model/way.js";
import { FakeClock } from "../support/fake-clock.js";

const TERMS = { budget: 0.2, backoffMs: 5_000, maxBackoffMs: 10_000 };
const origin = (host: string): Origin => ({ scheme: "https", host, port: 443 });

describe("RetryBudgets", () => {
  it("keeps one for each origin, on the clock", () => {
    const clock = new FakeClock();
    const budgets = new RetryBudgets(clock);
    const ask = (host: string) =>
      budgets.askRetry(origin(host), TERMS, clock.nowMs());
    budgets.sent(origin("a.example"), TERMS);
    expect([1, 2, 3].map(() => ask("a.example"))).toEqual([0, 0, 0]);
    const askedAtMs = clock.nowMs();
    expect(ask("a.example")).toBe(10_000);
    expect(ask("b.example")).toBe(0);
    clock.advance(10_000);
    expect(budgets.askRetry(origin("a.example"), TERMS, askedAtMs)).toBe(0);
  });

  it("forgets the origin whose last request is the oldest", () => {
    const clock = new FakeClock();
    const budgets = new RetryBudgets(clock);
    const ask = (host: string) =>
      budgets.askRetry(origin(host), TERMS, clock.nowMs());
    for (const host of ["old.example", "used.example"]) {
      budgets.sent(origin(host), TERMS);
      for (let i = 0; i < 3; i++) ask(host);
    }
    for (let i = 0; i < 998; i++) budgets.sent(origin(`h${i}.example`), TERMS);
    budgets.sent(origin("used.example"), TERMS);
    budgets.sent(origin("one-more.example"), TERMS);
    expect(ask("used.example")).toBeGreaterThan(0);
    expect(ask("old.example")).toBe(0); // full again
  });
});
