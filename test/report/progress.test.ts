import { describe, expect, it } from "vitest";

import type { ExchangeRecord, ObserverRecord } from "../../src/model/record.js";
import { emptyProgress, progressStep } from "../../src/report/progress.js";
import { progressLine } from "../../src/report/progress-line.js";
import {
  moduleRequest,
  SAMPLE_NOW_MS,
  sampleAttempt,
  sampleExchange,
  sampleRun,
  sampleTrace,
} from "../support/sample-trace.js";

function after(records: readonly ObserverRecord[]) {
  let progress = emptyProgress();
  for (const record of records) progress = progressStep(progress, record);
  return progress;
}

function openExchange(bytes: number, lastByteAtMs: number) {
  const { endedAtMs: _, ...exchange } = sampleExchange({
    responseBytes: bytes,
    startedAtMs: 1000,
  });
  const { endedAtMs: _a, ...attempt } = sampleAttempt({
    startedAtMs: 1000,
    lastByteAtMs,
    receive: { startedAtMs: 1100 },
  });
  return { ...exchange, attempts: [attempt] };
}

describe("progressStep", () => {
  it("keeps the open exchanges alone", () => {
    const progress = after([sampleRun(), ...sampleTrace().exchanges]);
    expect(progress).toMatchObject({ modules: 1, requests: 8, failed: 3 });
    expect([...progress.open.keys()]).toEqual(["e0000000000a"]);
  });

  it("counts bytes once however often a record comes, and not again after its end", () => {
    const records = [
      openExchange(100, 1200),
      openExchange(5000, 1300),
      sampleExchange({ responseBytes: 9000 }),
      sampleExchange({ responseBytes: 9000 }),
      openExchange(5000, 1300),
    ];
    const progress = after(records);
    expect(progress).toMatchObject({ bytes: 9000, requests: 1, modules: 1 });
    expect(progress.open.size).toBe(0);
  });

  it("counts the bytes of a record that its writer goes on changing", () => {
    const live = openExchange(0, 1200);
    let progress = progressStep(emptyProgress(), live);
    for (const responseBytes of [4000, 6000]) {
      live.responseBytes = responseBytes;
      progress = progressStep(progress, live);
    }
    const ended = Object.assign(live, { responseBytes: 7000, endedAtMs: 5000 });
    expect(progressStep(progress, ended)).toMatchObject({
      bytes: 7000,
      requests: 1,
    });
  });

  it("stays small over a long run", () => {
    let progress = emptyProgress();
    for (let index = 0; index < 5000; index++)
      progress = progressStep(
        progress,
        sampleExchange({
          exchangeId: index.toString(16).padStart(12, "0"),
          endedAtMs: 2000 + index * 50,
        }),
      );
    expect(progress.requests).toBe(5000);
    expect(progress.ended.size).toBeLessThanOrEqual(512);
    expect(progress.samples.length).toBeLessThan(20);
  });
});

describe("progressLine", () => {
  it("says what has waited longest, for what, and since when", () => {
    const progress = after(sampleTrace().exchanges);
    expect(progressLine(progress, SAMPLE_NOW_MS, 200)).toMatch(
      /^1 module, 3\.5 MB, [\d.]+ .B\/s, 3 failed, 1 open, waiting 7\.2 s for first byte of goproxy\.cn golang\.org\/x\/tools@v0\.30\.0\.zip$/,
    );
    expect(progressLine(progress, SAMPLE_NOW_MS, 40)).toHaveLength(40);
  });

  it("does not call a moving body waiting, and a stalled one it does", () => {
    const progress = after([openExchange(1_000_000, 5000)]);
    expect(progressLine(progress, 5400, 120)).not.toContain("waiting");
    expect(progressLine(progress, 9000, 120)).toContain(
      "waiting 4.0 s for more of goproxy.cn",
    );
  });

  it("gives the rate of the last seconds, none when nothing moves", () => {
    const records = Array.from({ length: 40 }, (_, index) =>
      openExchange((index + 1) * 100_000, 1500 + index * 500),
    );
    const line = progressLine(after(records), 21_000, 120);
    expect(line).toContain("200 kB/s");
    expect(progressLine(after(records), 60_000, 120)).not.toContain("/s,");
  });

  it("knows each phase, and the time between attempts", () => {
    const { endedAtMs: _, ...open } = sampleExchange({
      request: moduleRequest("mod", "a.example/b", "v1.0.0"),
    });
    const { endedAtMs: _a, ...attempt } = sampleAttempt({ startedAtMs: 1000 });
    const lineWith = (attempts: (typeof open)["attempts"]): string =>
      progressLine(after([{ ...open, attempts }]), 4000, 200);
    const dialling = { connects: [], dns: { startedAtMs: 1000 } };
    expect(lineWith([{ ...attempt, dial: dialling }])).toContain(
      "waiting 3.0 s for the address of goproxy.cn a.example/b@v1.0.0.mod",
    );
    expect(lineWith([{ ...attempt, endedAtMs: 2000 }])).toContain(
      "waiting 2.0 s for the next attempt at",
    );
  });

  it("says that it tries again, and whom", () => {
    const { endedAtMs: _, ...open } = sampleExchange({
      startedAtMs: 1000,
      request: moduleRequest("mod", "a.example/b", "v1.0.0"),
    });
    const failed = sampleAttempt({
      startedAtMs: 1000,
      endedAtMs: 1100,
      failure: { kind: "reset" },
    });
    const { endedAtMs: _a, ...again } = sampleAttempt({
      index: 1,
      host: "goproxy.io",
      source: "mirror",
      startedAtMs: 2000,
      wait: { startedAtMs: 2000 },
    });
    const line = (more: Partial<ExchangeRecord>) =>
      progressLine(after([{ ...open, ...more }]), 5000, 200);
    const pause = { startedAtMs: 1200, why: "backoff", before: 1 } as const;

    expect(line({ attempts: [failed], waits: [pause] })).toContain(
      "1 open, 1 retrying, waiting 3.8 s to retry goproxy.cn a.example/b@v1.0.0.mod",
    );
    const waits = [{ ...pause, endedAtMs: 2000 }];
    expect(
      line({ attempts: [failed, { ...again, reason: "retry" }], waits }),
    ).toContain(
      ", 1 retrying, waiting 3.0 s for first byte of mirror goproxy.io a.example",
    );
  });

  it("speaks of the attempt under way, not of a later one that is over", () => {
    const { endedAtMs: _, ...open } = sampleExchange({ startedAtMs: 1000 });
    const { endedAtMs: _a, ...silent } = sampleAttempt({
      startedAtMs: 1000,
      wait: { startedAtMs: 1000 },
    });
    const refused = sampleAttempt({
      index: 1,
      host: "goproxy.io",
      source: "mirror",
      reason: "beside",
      startedAtMs: 2000,
      endedAtMs: 2001,
      failure: { kind: "connect-refused" },
    });
    const record = { ...open, attempts: [silent, refused] };
    expect(progressLine(after([record]), 9000, 200)).toContain(
      "waiting 8.0 s for first byte of goproxy.cn golang.org/x/tools",
    );
  });
});
