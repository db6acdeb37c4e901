import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Log } from "../../src/model/log.js";
import { SILENT } from "../../src/model/log.js";
import type { ObserverRecord } from "../../src/model/record.js";
import type { ToObserver } from "../../src/observe/messages.js";
import type {
  LinkHandlers,
  OpenLink,
} from "../../src/observe/observer-link.js";
import { startRecorder } from "../../src/observe/recorder.js";
import type { Recorder } from "../../src/observe/recorder.js";
import { openReader } from "../../src/store/reader.js";
import { FakeClock } from "../support/fake-clock.js";
import {
  RUN_ID,
  sampleExchange,
  sampleRun,
  sampleSession,
  sampleTrace,
} from "../support/sample-trace.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

const B1 = "5e551000000000b1";

let folder: string;
let storeFile: string;
let clock: FakeClock;
let lines: string[];
let log: Log;
let recorder: Recorder;
beforeEach(() => {
  folder = makeFolder("recorder");
  storeFile = join(folder, "traces.db");
  clock = new FakeClock();
  lines = [];
  log = {
    ...SILENT,
    warn: (line) => lines.push(line),
    notice: (_, line) => lines.push(line),
  };
});
afterEach(async () => {
  await recorder.close();
  removeFolder(folder);
});

function start(link?: OpenLink): Recorder {
  recorder = startRecorder({
    storeFile,
    maxAgeMs: 0,
    maxBytes: 0,
    clock,
    log,
    ...(link === undefined ? {} : { link }),
  });
  return recorder;
}

/** An observer that answers only when it is told to. */
class Silent {
  readonly got: ToObserver[] = [];
  readonly handlers: LinkHandlers[] = [];
  readonly open: OpenLink = (handlers) => {
    this.handlers.push(handlers);
    return {
      post: (message) => {
        this.got.push(message);
        if (message.type === "close") handlers.message({ type: "closed" });
      },
      keepAlive() {},
      terminate() {},
    };
  };

  /** The ids in each batch that came, in order. */
  batches(): string[][] {
    return this.got.flatMap((message) =>
      message.type === "batch"
        ? [(JSON.parse(message.records) as ObserverRecord[]).map(idOf)]
        : [],
    );
  }

  ackAll(): void {
    for (;;) {
      const before = this.got.length;
      for (const message of this.got)
        if (message.type === "batch")
          this.handlers.at(-1)?.message({ type: "ack", seq: message.seq });
      if (this.got.length === before) return;
    }
  }
}

function idOf(record: ObserverRecord): string {
  if (record.type === "run") return record.runId;
  return record.type === "session" ? record.sessionId : record.exchangeId;
}

function exchangeId(index: number): string {
  return (0xa00000000000 + index).toString(16);
}

describe("the recorder", () => {
  it("stores what was put, without credentials, and reads it back", async () => {
    start();
    const trace = sampleTrace();
    for (const record of [sampleRun(), ...trace.sessions, ...trace.exchanges])
      recorder.put(record);
    recorder.put(
      sampleExchange({
        exchangeId: exchangeId(1),
        target: "/x?X-Amz-Signature=5ecret",
        startedAtMs: 900,
      }),
    );
    const stored = await recorder.trace({ runId: RUN_ID });
    expect(stored?.sessions).toHaveLength(2);
    expect(stored?.exchanges).toHaveLength(trace.exchanges.length + 1);
    expect(JSON.stringify(stored)).not.toContain("5ecret");
    expect(await recorder.opened).toEqual({ state: "sqlite" });
    expect(recorder.storeState()).toEqual({ state: "sqlite" });
    const reader = openReader(storeFile);
    expect(reader.read({ runId: RUN_ID })).toStrictEqual(stored);
    reader.close();
    expect(lines).toEqual([]);
  });

  it("stores within 25 ms without being asked", async () => {
    const silent = new Silent();
    start(silent.open);
    recorder.put(sampleSession());
    clock.advance(24.9);
    expect(silent.batches()).toEqual([]);
    clock.advance(0.1);
    expect(silent.batches()).toEqual([[B1]]);
    silent.ackAll();
    clock.advance(1000);
    expect(silent.batches()).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it("shows an open exchange within 100 ms", () => {
    const silent = new Silent();
    start(silent.open);
    const { endedAtMs: _, ...open } = sampleExchange();
    recorder.put(open);
    clock.advance(100);
    expect(silent.batches()).toEqual([["e00000000001"]]);
    silent.ackAll();
  });

  it("sends one record for an exchange that began and ended within a batch, as it is then", () => {
    const silent = new Silent();
    start(silent.open);
    const { endedAtMs: _, ...exchange } = sampleExchange();
    recorder.put(exchange);
    const changing: ReturnType<typeof sampleExchange> = exchange;
    changing.endedAtMs = 1600;
    changing.status = 404;
    recorder.put(changing);
    clock.advance(25);
    const [message] = silent.got;
    if (message?.type !== "batch") throw new Error("no batch came");
    expect(JSON.parse(message.records)).toEqual([
      { ...sampleExchange(), endedAtMs: 1600, status: 404 },
    ]);
    silent.ackAll();
  });

  it("waits for a slow store: open updates coalesce, nothing that ended is lost", async () => {
    const silent = new Silent();
    start(silent.open);
    const { endedAtMs: _, ...open } = sampleExchange();
    recorder.put(sampleSession());
    for (let index = 0; index < 5_000; index++) {
      recorder.put(open);
      recorder.put(sampleExchange({ exchangeId: exchangeId(index) }));
      if (index % 10 === 0) clock.advance(25);
    }
    expect(silent.batches()).toHaveLength(4);
    const flushed = recorder.flush();
    silent.ackAll();
    await flushed;
    const ids = silent.batches().flat();
    const ended = ids.filter((id) => id.startsWith("a"));
    expect(new Set(ended).size).toBe(5_000);
    expect(ended).toHaveLength(5_000);
    // Sent with the first batches, and once more with the flush: not five thousand times.
    expect(ids.filter((id) => id === open.exchangeId).length).toBeLessThan(7);
    expect(ids[0]).toBe(B1);
  });

  it("keeps batches small enough for one short transaction", async () => {
    const silent = new Silent();
    start(silent.open);
    for (let index = 0; index < 1_200; index++)
      recorder.put(sampleExchange({ exchangeId: exchangeId(index) }));
    clock.advance(25);
    silent.ackAll();
    expect(silent.batches().map((ids) => ids.length)).toEqual([500, 500, 200]);
  });

  it("flushes at once when there is nothing to flush", async () => {
    start();
    await recorder.flush();
    await recorder.flush();
    expect(await recorder.trace({ runId: RUN_ID })).toBeUndefined();
  });

  it("lets listeners hear every record, and survives one that throws", () => {
    start();
    const heard: string[] = [];
    const stop = recorder.tap((record) => heard.push(idOf(record)));
    recorder.tap(() => {
      throw new Error("a broken display");
    });
    recorder.put(sampleRun());
    recorder.put(sampleSession());
    stop();
    recorder.put(sampleExchange());
    expect(heard).toEqual([RUN_ID, B1]);
    expect(lines.at(-1)).toMatch(/a broken display/);
  });

  it("leaves out a record that is no JSON, and stores the others", async () => {
    start();
    const bad = sampleExchange({ exchangeId: exchangeId(1) });
    Object.assign(bad, { responseBytes: 1n });
    recorder.put(sampleSession());
    recorder.put(bad);
    recorder.put(sampleExchange());
    const trace = await recorder.trace({ sessionId: B1 });
    expect(trace?.exchanges.map(idOf)).toEqual([sampleExchange().exchangeId]);
    expect(lines).toHaveLength(1);
  });

  it("goes on in memory when the store cannot be opened, with one line", async () => {
    storeFile = join(folder, "missing\0", "traces.db");
    start();
    recorder.put(sampleSession());
    const trace = await recorder.trace({ sessionId: B1 });
    expect(trace?.sessions).toHaveLength(1);
    expect(recorder.storeState().state).toBe("memory");
    expect(recorder.storeState().detail).toBe(lines[0]);
    expect(lines).toHaveLength(1);
  });

  it("drops what is put after its end", async () => {
    start();
    recorder.put(sampleSession());
    await recorder.close();
    recorder.put(sampleSession({ sessionId: "5e551000000000b9" }));
    await recorder.close();
    const reader = openReader(storeFile);
    expect(reader.rows({ nowUnixMs: 0 })).toHaveLength(1);
    reader.close();
  });
});

describe("an observer that ends", () => {
  it("once is started again and is sent all that was not stored", async () => {
    const silent = new Silent();
    start(silent.open);
    recorder.put(sampleSession());
    clock.advance(25);
    recorder.put(sampleExchange());
    const flushed = recorder.flush();
    silent.handlers[0]?.gone("out of memory");
    silent.ackAll();
    await flushed;
    expect(silent.batches()).toEqual([
      [B1],
      ["e00000000001"],
      [B1],
      ["e00000000001"],
    ]);
    expect(lines).toEqual([
      "recording stopped and was started again: out of memory",
    ]);
  });

  it("again and again is replaced by a store in memory on this thread", async () => {
    const silent = new Silent();
    start(silent.open);
    recorder.put(sampleSession());
    clock.advance(25);
    silent.handlers[0]?.gone("first");
    silent.handlers[1]?.gone("second");
    const trace = await recorder.trace({ sessionId: B1 });
    expect(trace?.sessions).toHaveLength(1);
    expect(recorder.storeState().state).toBe("memory");
    expect(lines).toEqual([
      "recording stopped and was started again: first",
      "the history is kept in memory only: recording stopped again: second",
    ]);
  });

  it("that cannot be started at all is replaced, too", async () => {
    start(() => {
      throw new Error("no threads here");
    });
    recorder.put(sampleSession());
    expect(await recorder.trace({ sessionId: B1 })).toBeDefined();
    expect(recorder.storeState().state).toBe("memory");
  });

  it("without a word for a minute is replaced", () => {
    const silent = new Silent();
    start(silent.open);
    recorder.put(sampleSession());
    for (let seconds = 0; seconds <= 60; seconds++) {
      recorder.put(sampleExchange({ exchangeId: exchangeId(seconds) }));
      clock.advance(1000);
    }
    expect(silent.handlers).toHaveLength(2);
    expect(lines).toEqual([
      "recording stopped and was started again: no answer for 60 s",
    ]);
    void recorder.flush();
    silent.ackAll();
  });

  it("and is never heard of again costs close 15 s, not for ever", async () => {
    start(() => ({ post() {}, keepAlive() {}, terminate() {} }));
    recorder.put(sampleSession());
    const closed = recorder.close();
    clock.advance(15_000);
    await closed;
    expect(lines).toEqual([
      "the store did not answer; the last records are lost",
    ]);
  });
});
