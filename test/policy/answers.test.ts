import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Failure, FAILURE_KINDS } from "../../src/model/failure.js";
import {
  failureAnswer,
  type FailedRequest,
  type TriedAttempt,
} from "../../src/policy/answers.js";
import { duration } from "../../src/policy/failure-sentence.js";

const STALL: Failure = {
  kind: "first-byte-timeout",
  phase: "wait",
  limitMs: 120_000,
};
const ZIP: FailedRequest = {
  host: "goproxy.cn",
  info: {
    kind: "zip",
    modulePath: "golang.org/x/tools",
    moduleVersion: "v0.30.0",
  },
};
const tried = (
  host: string,
  way: string,
  failure: Failure,
  tookMs: number,
): TriedAttempt => ({ host, way, failure, tookMs });

const bytes = (text: string) => Buffer.byteLength(text);

describe("failureAnswer", () => {
  it("says the cause, what was wanted, what was tried and what to type", () => {
    const attempts = [
      tried(
        "goproxy.cn",
        "direct",
        { kind: "connect-reset", code: "ECONNRESET" },
        34.4,
      ),
      tried("goproxy.cn", "backup-http", STALL, 120_003),
    ];
    expect(failureAnswer(STALL, ZIP, attempts, "4bf92f35"))
      .toMatchInlineSnapshot(`
      {
        "status": 504,
        "text": "gotap: goproxy.cn took the request and sent no byte within 2 min
      wanted: zip of golang.org/x/tools@v0.30.0
      tried: goproxy.cn: connect-reset after 34 ms
      tried: goproxy.cn through backup-http: first-byte-timeout after 2 min
      see: gotap show 4bf92f35
      ",
      }
    `);
  });

  it("speaks where nothing was tried and nothing is known", () => {
    const request: FailedRequest = {
      host: "corp.example",
      info: { kind: "other" },
    };
    const stopped: Failure = { kind: "stopped" };
    expect(failureAnswer(stopped, request, [], "last")).toMatchInlineSnapshot(`
      {
        "status": 503,
        "text": "gotap: the proxy is stopping: try again when it is back
      see: gotap show last
      ",
      }
    `);
  });

  it("has a sentence of its own for every kind of failure", () => {
    const sentences = FAILURE_KINDS.map((kind) => {
      const { text } = failureAnswer({ kind, limitMs: 5000 }, ZIP, [], "last");
      return text.split("\n")[0];
    });
    expect(new Set(sentences).size).toBe(FAILURE_KINDS.length);
    expect(sentences.join("\n")).not.toContain("undefined");
  });

  it("does not guess why a breaker is open", () => {
    const cause = "the breaker of goproxy.cn:443 zip is open";
    const { text } = failureAnswer(
      { kind: "breaker-open", cause },
      ZIP,
      [],
      "last",
    );
    expect(text).toContain(
      `goproxy.cn is not tried for now: its circuit breaker is open, see \`gotap breaker list\` (${cause})`,
    );
  });

  it.each([
    ["first-byte-timeout", 504],
    ["dns-timeout", 504],
    ["total-timeout", 504],
    ["connect-refused", 502],
    ["tls-untrusted", 502],
    ["truncated", 502],
    ["server-error", 502],
    ["not-there", 502],
    ["mirror-differs", 502],
    ["breaker-open", 503],
    ["stopped", 503],
    ["forbidden-address", 403],
  ] as const)("answers %s with %i", (kind, status) => {
    expect(failureAnswer({ kind }, ZIP, [], "last").status).toBe(status);
  });

  it("always fits into what go prints, and always ends in the command", () => {
    const text = fc.string({ unit: "binary", maxLength: 900 });
    const failed = fc.constantFrom(...FAILURE_KINDS).map((kind) => ({ kind }));
    const attempt = fc.record(
      {
        host: text,
        way: text,
        source: fc.constantFrom("own", "chain", "mirror", "sumdb", "offline"),
        failure: failed,
        status: fc.integer({ min: 100, max: 999 }),
        tookMs: fc.nat(),
      },
      { requiredKeys: ["host", "way", "tookMs"] },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...FAILURE_KINDS),
        text,
        text,
        fc.array(attempt, { maxLength: 20 }),
        fc.option(fc.nat(), { nil: undefined }),
        (kind, cause, modulePath, attempts, retryAfterMs) => {
          const request = {
            host: cause,
            info: { kind: "zip" as const, modulePath },
          };
          const answer = failureAnswer(
            { kind, cause },
            request,
            attempts,
            "4bf92f35",
            retryAfterMs,
          );
          expect(bytes(answer.text)).toBeLessThanOrEqual(648);
          const lines = answer.text.split("\n");
          expect(lines.pop()).toBe("");
          expect(lines.length).toBeLessThanOrEqual(8);
          expect(lines).not.toContain("");
          expect(lines.at(-1)).toBe("see: gotap show 4bf92f35");
          expect(lines[0]).toMatch(/^gotap: ./);
          // Nothing that a terminal obeys, nothing that go takes for no text, nothing cut inside a character.
          expect(answer.text).not.toMatch(/[^\P{C}\n]/u);
          expect(Buffer.from(answer.text).toString()).toBe(answer.text);
          expect([404, 410]).not.toContain(answer.status);
          expect(answer.headers !== undefined).toBe(retryAfterMs !== undefined);
          for (const [, seconds] of answer.headers ?? [])
            expect(seconds).toMatch(/^[1-9]\d*$/);
        },
      ),
    );
  });

  it("folds what was tried again, and says whom and through what", () => {
    const took = (tookMs: number, more: Partial<TriedAttempt>) => ({
      ...tried("goproxy.cn", "direct", STALL, tookMs),
      ...more,
    });
    const { failure: _, ...answered } = took(80, { status: 502 });
    const serverError: Failure = { kind: "server-error", code: "503" };
    const attempts: TriedAttempt[] = [
      took(30_004, {}),
      took(12, { host: "goproxy.io", source: "mirror", status: 404 }),
      took(30_010, {}),
      took(30_020, {}),
      took(40, { failure: serverError, status: 503, source: "own" }),
      took(5, { failure: serverError, status: 503 }),
      took(5, { failure: { kind: "overtaken" } }),
      { ...answered, way: "backup-http" },
    ];
    const mirror = attempts[1];
    if (mirror !== undefined) mirror.failure = { kind: "not-there" };
    const { text } = failureAnswer(STALL, ZIP, attempts, "last");
    expect(text.split("\n").slice(2, -2)).toEqual([
      "tried: goproxy.cn 3 times: first-byte-timeout after 30 s",
      "tried: mirror goproxy.io: status 404 after 12 ms",
      "tried: goproxy.cn 2 times: status 503 after up to 40 ms",
      "tried: goproxy.cn through backup-http: status 502 after 80 ms",
    ]);
  });

  it("names the host that failed so, not the one tried last", () => {
    const attempts = [
      tried("goproxy.cn", "direct", STALL, 120_000),
      tried("goproxy.io", "direct", { kind: "connect-refused" }, 1),
    ];
    const { text } = failureAnswer(STALL, ZIP, attempts, "last");
    expect(text).toMatch(/^gotap: goproxy\.cn took the request/);
  });

  it.each([
    [0, "1"],
    [1, "1"],
    [1000, "1"],
    [1001, "2"],
    [15_000, "15"],
  ])("says when to come back: %d ms", (ms, seconds) => {
    const open: Failure = { kind: "breaker-open" };
    const answer = failureAnswer(open, ZIP, [], "last", ms);
    expect(answer.headers).toEqual([["Retry-After", seconds]]);
    expect(answer.status).toBe(503);
  });

  it("says of an open breaker that nothing was asked", () => {
    const attempt = tried("goproxy.cn", "direct", { kind: "breaker-open" }, 0);
    const { text } = failureAnswer(
      attempt.failure ?? STALL,
      ZIP,
      [attempt],
      "last",
    );
    expect(text).toContain("tried: goproxy.cn: breaker-open\n");
  });

  it("counts the attempts that it has no room for", () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      tried("a.example", `way${i}`, STALL, i),
    );
    const { text } = failureAnswer(STALL, ZIP, many, "last");
    expect(text.split("\n").slice(2, -1)).toEqual([
      "tried: a.example through way0: first-byte-timeout after 0 ms",
      "tried: a.example through way1: first-byte-timeout after 1 ms",
      "tried: a.example through way2: first-byte-timeout after 2 ms",
      "tried: a.example through way3: first-byte-timeout after 3 ms",
      "and 8 more",
      "see: gotap show last",
    ]);
  });
});

describe("duration", () => {
  it.each([
    [0.4, "0 ms"],
    [999, "999 ms"],
    [2500, "2.5 s"],
    [30_000, "30 s"],
    [120_000, "2 min"],
    [150_000, "2.5 min"],
  ])("%d: %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});
