import type { ToObserver } from "./messages.js";

export type Batch = Extract<ToObserver, { type: "batch" }>;

/** So many batches may be on their way without an answer: `postMessage` itself never refuses (FACTS L22). */
const CREDITS = 4;

/**
 * Batches in order, each kept until the observer has stored it, so that a new observer can be given what the old one took with it
 * (storing twice does no harm: records replace).
 */
export class Outbox {
  readonly #maxChars: number;
  #inFlight: Batch[] = [];
  #queue: Batch[] = [];
  #chars = 0;
  #lastSeq = 0;
  #acked = 0;
  #dropped = 0;

  /** @param maxChars what may wait, in characters; beyond it the oldest that is not on its way is dropped */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  /** Of the newest batch; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** All batches up to this one are stored (or were dropped). */
  get acked(): number {
    return this.#acked;
  }

  /** Batches that were given up for want of memory. */
  get dropped(): number {
    return this.#dropped;
  }

  get isWaiting(): boolean {
    return this.#inFlight.length > 0;
  }

  /** Whether a batch added now would go out at once. */
  get hasCredit(): boolean {
    return this.#queue.length === 0 && this.#inFlight.length < CREDITS;
  }

  add(records: string): void {
    this.#queue.push({ type: "batch", seq: ++this.#lastSeq, records });
    this.#chars += records.length;
    while (this.#chars > this.#maxChars && this.#queue.length > 1) {
      this.#chars -= this.#queue.shift()?.records.length ?? 0;
      this.#dropped++;
    }
  }

  /** The batches that may go now; they count as sent. */
  takeSendable(): Batch[] {
    const taken = this.#queue.splice(0, CREDITS - this.#inFlight.length);
    this.#inFlight.push(...taken);
    return taken;
  }

  ack(seq: number): void {
    this.#acked = Math.max(this.#acked, seq);
    while ((this.#inFlight[0]?.seq ?? Infinity) <= seq)
      this.#chars -= this.#inFlight.shift()?.records.length ?? 0;
  }

  /** The observer is gone: all that it did not answer goes again. */
  rewind(): void {
    this.#queue = [...this.#inFlight, ...this.#queue];
    this.#inFlight = [];
  }
}
