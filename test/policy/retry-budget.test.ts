import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  askRetry,
  FULL_BUDGET,
  type RetryBudget,
  withRequest,
} from "../../src/policy/retry-budget.js";

const TERMS = { budget: 0.2, backoffMs: 5_000, maxBackoffMs: 10_000 };

/** Requests come, retries are asked for: what each was told. */
function play() {
  let state: RetryBudget = FULL_BUDGET;
  const requests = (count: number, nowMs: number): void => {
    for (let i = 0; i < count; i++) state = withRequest(state, TERMS, nowMs);
  };
  const ask = (nowMs: number, askedAtMs = nowMs): number => {
    const asked = askRetry(state, TERMS, askedAtMs, nowMs);
    state = asked.state;
    return asked.waitMs;
  };
  return { requests, ask };
}

describe("the retry budget", () => {
  it("lets a lone request have three retries at once, and further ones max_backoff apart", () => {
    const { requests, ask } = play();
    requests(1, 0);
    expect([ask(100), ask(200), ask(300)]).toEqual([0, 0, 0]);
    expect(ask(400)).toBe(10_000);
    expect(ask(10_400, 400)).toBe(0);
    expect(ask(10_500)).toBe(10_000);
  });

  it("pays one retry for five requests", () => {
    const { requests, ask } = play();
    requests(1, 0);
    for (let i = 0; i < 3; i++) expect(ask(1)).toBe(0);
    requests(4, 2);
    expect(ask(3)).toBeGreaterThan(0);
    requests(1, 4);
    expect(ask(5)).toBe(0);
    expect(ask(6)).toBeGreaterThan(0);
  });

  it("never pays more than four in any 20 requests, whatever was saved up", () => {
    const { requests, ask } = play();
    requests(1, 0);
    for (let i = 0; i < 3; i++) expect(ask(1)).toBe(0);
    requests(10, 2);
    expect(ask(3)).toBe(0); // the fourth
    expect(ask(3)).toBeGreaterThan(0); // a token is there, no room
    requests(10, 4); // 21 in all: those of the first request are out of the 20
    expect(ask(5)).toBe(0);
  });

  it("holds a retry back while requests come in, and no longer than six times", () => {
    const { requests, ask } = play();
    requests(1, 0);
    for (let i = 0; i < 3; i++) ask(0);
    expect(ask(0)).toBe(10_000);
    requests(1, 9000);
    expect(ask(10_000, 0)).toBe(9000);
    for (const atMs of [19_000, 28_000, 37_000, 46_000, 55_000]) {
      requests(1, atMs);
      while (ask(atMs) === 0); // Others are faster.
      expect(ask(atMs, 0)).toBe(Math.min(10_000, 60_000 - atMs));
    }
    requests(1, 60_000);
    while (ask(60_000) === 0);
    expect(ask(60_000, 0)).toBe(0);
  });

  it("with a budget of 0 every retry waits for quiet", () => {
    const terms = { budget: 0, backoffMs: 500, maxBackoffMs: 1000 };
    const state = withRequest(FULL_BUDGET, terms, 0);
    expect(askRetry(state, terms, 0, 0).waitMs).toBe(1000);
    expect(askRetry(state, terms, 0, 1000).waitMs).toBe(0);
  });

  it("keeps an upstream that fails everything at 1.2 for each request, over any 20, while they come in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 900 }), {
          minLength: 20,
          maxLength: 60,
          size: "max",
        }),
        fc.integer({ min: 2, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 2000 }), {
          minLength: 5,
          maxLength: 5,
        }),
        (gaps, attempts, pauses) => {
          const seen = failEverything(gaps, attempts, pauses);
          for (let from = 1; from + 19 <= gaps.length; from++) {
            const retries = seen.filter(
              (at) => at >= from && at <= from + 19,
            ).length;
            expect(20 + retries).toBeLessThanOrEqual(24);
          }
        },
      ),
    );
  });
});

/**
 * Requests come at these gaps, every attempt fails at once, and each request makes all its attempts as soon as it may.
 * @returns for each retry made while requests come in, how many had come before it
 */
function failEverything(
  gaps: readonly number[],
  attempts: number,
  pauses: readonly number[],
): number[] {
  interface Wanted {
    atMs: number;
    askedAtMs: number;
    left: number;
  }
  let state = FULL_BUDGET;
  let nowMs = 0;
  const wanted: Wanted[] = [];
  const seen: number[] = [];
  const serve = (untilMs: number): void => {
    for (;;) {
      wanted.sort((a, b) => a.atMs - b.atMs);
      const [next] = wanted;
      if (next === undefined || next.atMs > untilMs) return;
      const { state: after, waitMs } = askRetry(
        state,
        TERMS,
        next.askedAtMs,
        next.atMs,
      );
      state = after;
      if (waitMs > 0) {
        next.atMs += waitMs;
        continue;
      }
      seen.push(state.requests);
      wanted.shift();
      if (next.left > 1) want(next.atMs, next.left - 1);
    }
  };
  const want = (fromMs: number, left: number): void => {
    const atMs = fromMs + (pauses[left % pauses.length] ?? 0);
    wanted.push({ atMs, askedAtMs: atMs, left });
  };
  for (const gap of gaps) {
    nowMs += gap;
    serve(nowMs);
    state = withRequest(state, TERMS, nowMs);
    want(nowMs, attempts - 1);
  }
  return seen;
}

it("makes a request that is alone wait for twice the backoff, not for max_backoff", () => {
  const terms = { ...TERMS, backoffMs: 1_000 };
  const empty = { ...FULL_BUDGET, tokens: 0 };
  expect(askRetry(empty, terms, 0, 0).waitMs).toBe(2_000);
  expect(askRetry(empty, terms, 0, 2_000).waitMs).toBe(0);
});
