import { describe, expect, it } from "vitest";

import type { BodyReader, BodySink, BodySource } from "../../src/model/body.js";
import type { Failure } from "../../src/model/failure.js";
import { pump } from "../../src/relay/pump.js";

class ScriptedSource implements BodySource {
  reader: BodyReader | undefined;
  readonly said: string[] = [];
  start(reader: BodyReader): void {
    this.reader = reader;
  }
  pause(): void {
    this.said.push("pause");
  }
  resume(): void {
    this.said.push("resume");
  }
  cancel(): void {
    this.said.push("cancel");
  }
}

class ScriptedSink implements BodySink {
  readonly said: string[] = [];
  takes = true;
  drained: () => void = () => {};
  write(chunk: Uint8Array): boolean {
    this.said.push(`write ${chunk.byteLength}`);
    return this.takes;
  }
  onDrain(listener: () => void): void {
    this.drained = listener;
  }
  end(): void {
    this.said.push("end");
  }
  reset(failure: Failure): void {
    this.said.push(`reset ${failure.kind}`);
  }
}

function started(): {
  source: ScriptedSource;
  sink: ScriptedSink;
  told: string[];
  time: { nowMs: number };
  running: ReturnType<typeof pump>;
} {
  const source = new ScriptedSource();
  const sink = new ScriptedSink();
  const told: string[] = [];
  const time = { nowMs: 0 };
  const running = pump(source, sink, () => time.nowMs, {
    moved: (bytes) => told.push(`moved ${bytes}`),
    ended: () => told.push("ended"),
    failed: (failure) => told.push(`failed ${failure.kind}`),
  });
  return { source, sink, told, time, running };
}

describe("pump", () => {
  it("stops the source while the sink takes nothing, and knows since when", () => {
    const { source, sink, time, running } = started();
    sink.takes = false;
    time.nowMs = 5;
    source.reader?.data(new Uint8Array(3));
    source.reader?.data(new Uint8Array(4));
    expect(source.said).toEqual(["pause"]);
    expect(running.blockedSinceMs()).toBe(5);
    time.nowMs = 9;
    sink.drained();
    expect(source.said).toEqual(["pause", "resume"]);
    expect(running.blockedSinceMs()).toBeUndefined();
    expect(running.unblockedAtMs()).toBe(9);
  });

  it("does not resume a source that it never paused", () => {
    const { source, sink } = started();
    sink.drained();
    expect(source.said).toEqual([]);
  });

  it("tells a clean end and leaves the sink to whoever pumps", () => {
    const { source, sink, told } = started();
    source.reader?.data(new Uint8Array(2));
    source.reader?.end();
    expect(told).toEqual(["moved 2", "ended"]);
    expect(sink.said).toEqual(["write 2"]);
  });

  it("tells a broken end and never ends the sink itself", () => {
    const { source, sink, told } = started();
    source.reader?.failed({ kind: "truncated" });
    expect(told).toEqual(["failed truncated"]);
    expect(sink.said).toEqual([]);
  });
});
