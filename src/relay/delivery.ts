import { createHash, type Hash } from "node:crypto";

import { type Join, OVERLAP_BYTES } from "../exchange/continuation.js";
import type { BodySink, BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import { LastBytes } from "./last-bytes.js";

export interface DeliveryEvents {
  /** The first byte, or a clean end without one; `head` is written before this returns. */
  began(): void;
  /** Bytes from upstream, handed on or only compared. */
  received(bytes: number): void;
  /** Bytes handed to the client. */
  moved(bytes: number): void;
  joined(): void;
  /** The body is whole. The sink is still open: who relays decides what its end is. */
  ended(trailers: HeaderList | undefined): void;
  failed(failure: Failure): void;
}

/**
 * Moves the body of one exchange to its client with back-pressure end to end and without a buffer of its own; at most what source
 * and sink hold is in memory, and the last 64 KiB where the body may have to be continued. A clean end of the source is told,
 * never assumed (FACTS L20).
 *
 * A body that broke off goes on from another source: what that one sends first is held against what the client has, byte by
 * byte or by its SHA-256, and not one byte is handed on before that is done.
 */
export class Delivery {
  /** Bytes that the client has. */
  bytes = 0;
  /** Of these, from the source that is read now. */
  private bytesOfSource = 0;
  private source: BodySource | undefined;
  private blockedSince: number | undefined;
  private unblockedAt: number | undefined;
  private hash: Hash | undefined;
  private last: LastBytes | undefined;

  constructor(
    private readonly sink: BodySink,
    private readonly nowMs: () => number,
    private readonly events: DeliveryEvents,
  ) {
    sink.onDrain(() => {
      if (this.blockedSince === undefined) return;
      this.blockedSince = undefined;
      this.unblockedAt = nowMs();
      this.source?.resume();
    });
  }

  /** The source that is read now has given more than a further request costs. */
  get progressed(): boolean {
    return this.bytesOfSource >= OVERLAP_BYTES;
  }

  /** Since when the client takes no bytes; undefined while it does. Time in which upstream owes nothing. */
  get blockedSinceMs(): number | undefined {
    return this.blockedSince;
  }

  /** The last instant at which the client began to take bytes again; undefined where it never stopped. */
  get unblockedAtMs(): number | undefined {
    return this.unblockedAt;
  }

  /**
   * Begins the body.
   * @param keeps what has to be remembered should it break off: nothing, its end, or its hash as well
   */
  begin(source: BodySource, keeps: "nothing" | "end" | "hash"): void {
    if (keeps !== "nothing") this.last = new LastBytes(OVERLAP_BYTES);
    if (keeps === "hash") this.hash = createHash("sha256");
    let began = false;
    this.read(
      source,
      (chunk) => {
        if (!began) {
          began = true;
          this.events.began();
        }
        this.write(chunk);
      },
      () => {
        if (!began) this.events.began();
      },
    );
  }

  /** Goes on with another source. */
  join(source: BodySource, { skip, check, total }: Join): void {
    this.bytesOfSource = 0;
    const expected = check === "overlap" || this.hash === undefined;
    const compared = expected ? this.last?.end(skip) : undefined;
    const hash = expected ? undefined : createHash("sha256");
    // Without a hash only the end of a prefix can be compared.
    const blind = skip - (compared?.byteLength ?? skip);
    let seen = 0;
    let joined = false;
    const differs = (): void => {
      source.cancel();
      this.events.failed({
        kind: check === "overlap" ? "range-differs" : "mirror-differs",
        phase: "receive",
      });
    };
    const isSame = (): boolean =>
      hash === undefined ||
      hash.digest().equals(this.hash?.copy().digest() ?? Buffer.alloc(0));
    const join = (): boolean => {
      joined = true;
      if (!isSame()) {
        differs();
        return false;
      }
      this.events.joined();
      return true;
    };
    this.read(
      source,
      (chunk) => {
        if (joined) return this.write(chunk);
        const part = chunk.subarray(0, skip - seen);
        hash?.update(part);
        if (compared !== undefined && !matches(part, compared, seen - blind)) {
          joined = true;
          return differs();
        }
        seen += part.byteLength;
        if (seen < skip || !join()) return;
        const rest = chunk.subarray(part.byteLength);
        if (rest.byteLength > 0) this.write(rest);
      },
      () => {
        const isJoined = joined || (seen === skip && join());
        if (isJoined && this.bytes === total) return true;
        // A piece may end cleanly and yet not be all that its Content-Range said.
        if (isJoined || !joined) {
          const kind = this.bytes > total ? "overlong" : "truncated";
          this.events.failed({ kind, phase: "receive" });
        }
        return false;
      },
    );
  }

  /** @param ending before the end is told; false: it is not the end that it seems */
  private read(
    source: BodySource,
    data: (chunk: Uint8Array) => void,
    ending: () => boolean | void,
  ): void {
    this.source = source;
    const isCurrent = (): boolean => this.source === source;
    source.start({
      data: (chunk) => {
        if (!isCurrent()) return;
        this.events.received(chunk.byteLength);
        data(chunk);
      },
      end: (trailers) => {
        if (isCurrent() && ending() !== false) this.events.ended(trailers);
      },
      failed: (failure) => {
        if (isCurrent()) this.events.failed(failure);
      },
    });
    if (this.blockedSince !== undefined) source.pause();
  }

  private write(chunk: Uint8Array): void {
    if (!this.sink.write(chunk) && this.blockedSince === undefined) {
      this.blockedSince = this.nowMs();
      this.source?.pause();
    }
    this.hash?.update(chunk);
    this.last?.add(chunk);
    this.bytes += chunk.byteLength;
    this.bytesOfSource += chunk.byteLength;
    this.events.moved(chunk.byteLength);
  }
}

/** Whether `part` is what stands at `offset` of `expected`; what lies before its beginning is not compared. */
function matches(
  part: Uint8Array,
  expected: Uint8Array,
  offset: number,
): boolean {
  const from = Math.max(0, -offset);
  const at = offset + from;
  const compared = part.subarray(from);
  return Buffer.from(
    compared.buffer,
    compared.byteOffset,
    compared.byteLength,
  ).equals(expected.subarray(at, at + compared.byteLength));
}
