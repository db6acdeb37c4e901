import { describe, expect, it } from "vitest";

import type { Join } from "../../src/exchange/continuation.js";
import type { BodyReader, BodySink, BodySource } from "../../src/model/body.js";
import { Delivery } from "../../src/relay/delivery.js";
import { seededBytes } from "../support/seeded-bytes.js";

/** A body that the test sends piece by piece. */
class Tap implements BodySource {
  reader: BodyReader | undefined;
  paused = false;
  cancelled = false;
  start(reader: BodyReader): void {
    this.reader = reader;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  cancel(): void {
    this.cancelled = true;
  }
  send(bytes: Uint8Array, piece = bytes.byteLength): void {
    for (let at = 0; at < bytes.byteLength && !this.cancelled; at += piece)
      this.reader?.data(bytes.subarray(at, at + piece));
  }
  end(): void {
    if (!this.cancelled) this.reader?.end();
  }
}

class Basin implements BodySink {
  chunks: Uint8Array[] = [];
  full = false;
  drain: (() => void)[] = [];
  write(chunk: Uint8Array): boolean {
    this.chunks.push(Buffer.from(chunk));
    return !this.full;
  }
  onDrain(listener: () => void): void {
    this.drain.push(listener);
  }
  end(): void {}
  reset(): void {}
  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

function deliver(keeps: "nothing" | "end" | "hash" = "hash") {
  const said: string[] = [];
  const basin = new Basin();
  const first = new Tap();
  const delivery = new Delivery(basin, () => 0, {
    began: () => said.push("began"),
    received: () => {},
    moved: () => {},
    joined: () => said.push("joined"),
    ended: () => said.push("ended"),
    failed: ({ kind }) => said.push(kind),
  });
  delivery.begin(first, keeps);
  return { basin, delivery, first, said };
}

const BODY = seededBytes("body", 300_000);
const OTHER = seededBytes("other", 300_000);

describe("a body", () => {
  it("is handed on byte for byte, and has begun with its first byte", () => {
    const { basin, first, said } = deliver();
    expect(said).toEqual([]);
    first.send(BODY, 10_000);
    first.end();
    expect(said).toEqual(["began", "ended"]);
    expect(basin.bytes.equals(BODY)).toBe(true);
  });

  it("that is empty begins with its end", () => {
    const { first, said } = deliver();
    first.end();
    expect(said).toEqual(["began", "ended"]);
  });

  it("waits while the client takes nothing", () => {
    const { basin, delivery, first } = deliver();
    basin.full = true;
    first.send(BODY.subarray(0, 10));
    expect([first.paused, delivery.blockedSinceMs]).toEqual([true, 0]);
    for (const drained of basin.drain) drained();
    expect([first.paused, delivery.blockedSinceMs]).toEqual([false, undefined]);
  });
});

describe("a body that broke off", () => {
  const HAVE = 200_000;
  const total = BODY.byteLength;
  const overlap: Join = { skip: 65_536, check: "overlap", total };
  const prefix: Join = { skip: HAVE, check: "prefix", total };
  const broken = (keeps: "end" | "hash" = "hash", piece = 7_000) => {
    const made = deliver(keeps);
    made.first.send(BODY.subarray(0, HAVE), piece);
    return { ...made, second: new Tap() };
  };

  it.each([1_000, 65_536, 65_537, 300_000])(
    "goes on behind the overlap, in pieces of %d bytes",
    (piece) => {
      const { basin, delivery, said, second } = broken();
      delivery.join(second, overlap);
      second.send(BODY.subarray(HAVE - 65_536), piece);
      second.end();
      expect(said).toEqual(["began", "joined", "ended"]);
      expect(basin.bytes.equals(BODY)).toBe(true);
    },
  );

  it.each(["end", "hash"] as const)(
    "goes on behind all that the client has, with its %s kept",
    (keeps) => {
      const { basin, delivery, said, second } = broken(keeps);
      delivery.join(second, prefix);
      second.send(BODY, 13_000);
      second.end();
      expect(said).toEqual(["began", "joined", "ended"]);
      expect(basin.bytes.equals(BODY)).toBe(true);
    },
  );

  it("never goes on with an overlap of other bytes", () => {
    const { basin, delivery, said, second } = broken();
    delivery.join(second, overlap);
    second.send(OTHER.subarray(HAVE - 65_536), 5_000);
    expect(said).toEqual(["began", "range-differs"]);
    expect(second.cancelled).toBe(true);
    expect(basin.bytes.byteLength).toBe(HAVE);
  });

  it("never goes on with a body that begins otherwise, be it by one early byte", () => {
    const { basin, delivery, said, second } = broken();
    const almost = Buffer.from(BODY);
    almost[3] = (almost[3] ?? 0) ^ 1;
    delivery.join(second, prefix);
    second.send(almost, 50_000);
    expect(said).toEqual(["began", "mirror-differs"]);
    expect(basin.bytes.byteLength).toBe(HAVE);
  });

  it("hears nothing more of the source that was left", () => {
    const { basin, delivery, first, said, second } = broken();
    delivery.join(second, overlap);
    first.send(OTHER);
    first.end();
    expect(said).toEqual(["began"]);
    expect(basin.bytes.byteLength).toBe(HAVE);
  });

  it("is not whole when the source that continues it ends before the join", () => {
    const { delivery, said, second } = broken();
    delivery.join(second, prefix);
    second.send(BODY.subarray(0, 1000));
    second.end();
    expect(said).toEqual(["began", "truncated"]);
  });

  it("goes on more than once", () => {
    const { basin, delivery, said, second } = broken();
    delivery.join(second, overlap);
    second.send(BODY.subarray(HAVE - 65_536, 250_000), 9_000);
    const third = new Tap();
    delivery.join(third, { skip: 250_000, check: "prefix", total });
    third.send(BODY, 40_000);
    third.end();
    expect(said).toEqual(["began", "joined", "joined", "ended"]);
    expect(basin.bytes.equals(BODY)).toBe(true);
  });
});
