import { join } from "node:path";
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Clock } from "../../src/model/clock.js";
import { SILENT } from "../../src/model/log.js";
import { startRecorder } from "../../src/observe/recorder.js";
import type { Recorder } from "../../src/observe/recorder.js";
import { workerLink } from "../../src/observe/worker-link.js";
import { openReader } from "../../src/store/reader.js";
import { runChild } from "../support/child.js";
import {
  RUN_ID,
  manySpans,
  sampleExchange,
  sampleRun,
  sampleSession,
} from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { transpile } from "../store/transpiled.js";

const KEEP_ALL = { maxAgeMs: 0, maxBytes: 0 };
const realClock: Clock = {
  nowMs: () => performance.now(),
  nowUnixNano: () => BigInt(Date.now()) * 1_000_000n,
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

let folder: string;
let entry: (file: string) => URL;
let recorder: Recorder | undefined;
let lines: string[] = [];
beforeAll(() => {
  folder = makeFolder("worker");
  entry = transpile(folder, true);
});
afterEach(async () => {
  await recorder?.close();
  recorder = undefined;
  lines = [];
});
afterAll(() => removeFolder(folder));

function start(storeFile: string, worker: URL): Recorder {
  recorder = startRecorder({
    storeFile,
    ...KEEP_ALL,
    clock: realClock,
    log: { ...SILENT, warn: (line) => lines.push(line) },
    link: workerLink({ storeFile, retention: KEEP_ALL }, worker),
  });
  return recorder;
}

describe("the observer in a worker thread", () => {
  it("stores in the file and answers", async () => {
    const storeFile = join(folder, "one.db");
    const { exchanges, sessions } = manySpans(8_000);
    start(storeFile, entry("observe/worker.js"));
    for (const session of sessions) recorder?.put(session);
    for (const exchange of exchanges) recorder?.put(exchange);
    const trace = await recorder?.trace({ sessionId: "5e551000000000b1" });
    expect(trace?.exchanges).toStrictEqual(exchanges);
    expect(await recorder?.opened).toEqual({ state: "sqlite" });
    await recorder?.close();
    const reader = openReader(storeFile);
    expect(reader.rows({ nowUnixMs: 0 })[0]?.requests).toBe(exchanges.length);
    reader.close();
    expect(lines).toEqual([]);
  });

  it("that crashes is started again without losing a record", async () => {
    const storeFile = join(folder, "crash.db");
    const flag = join(folder, "crashed");
    const script = join(folder, "crash-once.mjs");
    // Ends while batches are on their way, the first time only.
    writeFileSync(
      script,
      `import { existsSync, writeFileSync } from "node:fs";
       import { parentPort } from "node:worker_threads";
       await import(${JSON.stringify(entry("observe/worker.js").href)});
       let count = 0;
       parentPort.on("message", () => {
         if (++count < 3 || existsSync(${JSON.stringify(flag)})) return;
         writeFileSync(${JSON.stringify(flag)}, "");
         throw new Error("a bug in the worker");
       });`,
    );
    start(storeFile, pathToFileURL(script));
    recorder?.put(sampleSession());
    for (let index = 0; index < 40; index++) {
      recorder?.put(
        sampleExchange({ exchangeId: (0xa00000000000 + index).toString(16) }),
      );
      void recorder?.flush();
    }
    const trace = await recorder?.trace({ sessionId: "5e551000000000b1" });
    expect(trace?.exchanges).toHaveLength(40);
    expect(recorder?.storeState().state).toBe("sqlite");
    expect(lines).toEqual([
      "recording stopped and was started again: a bug in the worker",
    ]);
  });

  it("that cannot even start leaves a history in memory", async () => {
    const missing = pathToFileURL(join(folder, "there-is-no-such-file.js"));
    start(join(folder, "none.db"), missing);
    recorder?.put(sampleRun());
    const trace = await recorder?.trace({ runId: RUN_ID });
    expect(trace?.run?.runId).toBe(RUN_ID);
    expect(recorder?.storeState().state).toBe("memory");
    expect(lines).toHaveLength(2);
  });

  it("is where recording goes by default, keeps the process alive while it is asked, and not otherwise", async () => {
    const storeFile = join(folder, "default.db");
    const script = join(folder, "default.mjs");
    writeFileSync(
      script,
      `import { startRecorder } from ${JSON.stringify(entry("observe/recorder.js").href)};
       const clock = { nowMs: () => performance.now(), nowUnixNano: () => 0n, after(ms, fire) {
         const timer = setTimeout(fire, ms).unref();
         return { cancel: () => clearTimeout(timer) };
       } };
       const log = { error: console.log, warn: console.log, info() {}, debug() {}, notice() {} };
       const recorder = startRecorder({ storeFile: ${JSON.stringify(storeFile)}, maxAgeMs: 0, maxBytes: 0, clock, log });
       const { state } = await recorder.opened;
       recorder.put(${JSON.stringify(sampleRun())});
       const trace = await recorder.trace({ runId: ${JSON.stringify(RUN_ID)} });
       console.log(trace.run.runId, state);`,
    );
    const result = await runChild(process.execPath, [script], {
      env: process.env,
    });
    expect(result).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `${RUN_ID} sqlite\n`,
    });
  });
});
