import type { Clock, Timer } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type { ObserverRecord } from "../model/record.js";
import type { TraceRecords } from "../model/trace.js";
import type { TraceRef } from "../store/trace-ref.js";
import { DirtyRecords } from "./dirty-records.js";
import type { FromObserver, StoreState } from "./messages.js";
import type { OpenLink } from "./observer-link.js";
import { Outbox } from "./outbox.js";
import { recordsText } from "./records-text.js";
import { SteadyLink } from "./steady-link.js";

/** One message for all that changes in this time. */
const BATCH_MS = 25;
/** Open exchanges go with every fourth batch alone: most have ended by then, and cost one record instead of two. */
const OPEN_EVERY = 4;
/** One transaction of the store: some 10 ms. */
const BATCH_RECORDS = 500;
/** While the store is slow, so many ended records wait as objects; more of them are made into text, a third of the size. */
const SEAL_AT = 1_000;
/** What may wait for a slow store: about 60,000 requests. */
const WAITING_CHARS = 48 * 2 ** 20;
const CLOSE_LIMIT_MS = 15_000;

/** Sends records to the observer, never more than it can take, and asks it questions. */
export class ObserverClient {
  readonly opened: Promise<StoreState>;
  storeState: StoreState = { state: "sqlite" };
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #link: SteadyLink;
  readonly #dirty = new DirtyRecords();
  readonly #outbox = new Outbox(WAITING_CHARS);
  readonly #flushes = new Set<{ seq: number; done: () => void }>();
  readonly #traces = new Map<
    number,
    { ref: TraceRef; done: (trace?: TraceRecords) => void }
  >();
  #opened: (state: StoreState) => void = () => {};
  #closed: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #ticks = 0;
  #traceId = 0;
  #toldDropped = false;

  constructor(clock: Clock, log: Log, open: OpenLink) {
    this.#clock = clock;
    this.#log = log;
    this.#link = new SteadyLink(open, clock, log, {
      message: (message) => this.#receive(message),
      renewed: () => this.#renew(),
    });
    this.opened = this.#waiting((done) => {
      this.#opened = done;
    });
  }

  put(record: ObserverRecord): void {
    if (this.#closing !== undefined) return;
    this.#dirty.put(record);
    this.#timer ??= this.#clock.after(BATCH_MS, () => this.#tick());
  }

  flush(): Promise<void> {
    this.#seal(this.#dirty.takeAll());
    const seq = this.#outbox.lastSeq;
    if (this.#outbox.acked >= seq) return Promise.resolve();
    return this.#waiting((done) => this.#flushes.add({ seq, done }));
  }

  async trace(ref: TraceRef): Promise<TraceRecords | undefined> {
    await this.flush();
    const id = ++this.#traceId;
    return this.#waiting((done) => {
      this.#traces.set(id, { ref, done });
      this.#link.post({ type: "trace", id, ref });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let limit: Timer | undefined;
    const tooLate = new Promise<"late">((resolve) => {
      limit = this.#clock.after(CLOSE_LIMIT_MS, () => resolve("late"));
    });
    const stored = this.flush().then(() =>
      this.#waiting<void>((done) => {
        this.#closed = done;
        this.#link.post({ type: "close" });
      }),
    );
    if ((await Promise.race([stored, tooLate])) === "late")
      this.#log.warn("the store did not answer; the last records are lost");
    limit?.cancel();
    this.#timer?.cancel();
    this.#link.terminate();
  }

  /** Keeps the process alive until it is done. */
  async #waiting<T>(start: (done: (value: T) => void) => void): Promise<T> {
    this.#link.hold();
    try {
      return await new Promise<T>((resolve) => start(resolve));
    } finally {
      this.#link.release();
    }
  }

  #tick(): void {
    this.#timer = undefined;
    const withOpen = ++this.#ticks % OPEN_EVERY === 0;
    if (this.#outbox.hasCredit)
      this.#seal(withOpen ? this.#dirty.takeAll() : this.#dirty.takeEnded());
    else if (this.#dirty.endedCount >= SEAL_AT)
      this.#seal(this.#dirty.takeEnded());
    if (this.#dirty.size > 0)
      this.#timer = this.#clock.after(BATCH_MS, () => this.#tick());
  }

  #seal(records: ObserverRecord[]): void {
    for (let from = 0; from < records.length; from += BATCH_RECORDS)
      this.#outbox.add(
        recordsText(records.slice(from, from + BATCH_RECORDS), this.#log),
      );
    if (this.#outbox.dropped > 0 && !this.#toldDropped) {
      this.#toldDropped = true;
      this.#log.warn(
        "the store is too slow: some requests are missing in the history",
      );
    }
    this.#send();
  }

  #send(): void {
    for (const batch of this.#outbox.takeSendable()) this.#link.post(batch);
    if (this.#outbox.isWaiting) this.#link.expectAnswer();
  }

  #receive(message: FromObserver): void {
    switch (message.type) {
      case "state":
        this.storeState = message.state;
        this.#opened(message.state);
        return;
      case "ack":
        this.#acknowledge(message.seq);
        return;
      case "trace":
        this.#traces.get(message.id)?.done(message.trace);
        this.#traces.delete(message.id);
        return;
      case "line":
        this.#log.warn(message.text);
        return;
      case "closed":
        this.#closed?.();
    }
  }

  #acknowledge(seq: number): void {
    this.#outbox.ack(seq);
    this.#link.answered();
    for (const flush of this.#flushes) {
      if (flush.seq > seq) continue;
      this.#flushes.delete(flush);
      flush.done();
    }
    this.#send();
  }

  /** There is another observer: it gets what the old one left without an answer. */
  #renew(): void {
    this.#outbox.rewind();
    this.#send();
    for (const [id, { ref }] of this.#traces)
      this.#link.post({ type: "trace", id, ref });
    if (this.#closed !== undefined) this.#link.post({ type: "close" });
  }
}
