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

  it.each([
    ["first-byte-timeout", 504],
    ["dns-timeout", 504],
    ["total-timeout", 504],
    ["connect-refused", 502],
    ["tls-untrusted", 502],
    ["truncated", 502],
    ["stopped", 503],
    ["forbidden-address", 403],
  ] as const)("answers %s with %i", (kind, status) => {
    expect(failureAnswer({ kind }, ZIP, [], "last").status).toBe(status);
  });

  it("always fits into what go prints, and always ends in the command", () => {
    const text = fc.string({ unit: "binary", maxLength: 900 });
    const attempt = fc.record({
      host: text,
      way: text,
      failure: fc.constant(STALL),
      tookMs: fc.nat(),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...FAILURE_KINDS),
        text,
        text,
        fc.array(attempt, { maxLength: 20 }),
        (kind, cause, modulePath, attempts) => {
          const request = {
            host: cause,
            info: { kind: "zip" as const, modulePath },
          };
          const answer = failureAnswer(
            { kind, cause },
            request,
            attempts,
            "4bf92f35",
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
        },
      ),
    );
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
