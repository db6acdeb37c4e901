import type { BodySink, BodySource } from "../model/body.js";
import type { ResponseHead } from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { PhaseTime } from "../model/phase-time.js";
import type { AttemptRecord, DialRecord } from "../model/record.js";
import type { SpanRef } from "../model/span-ref.js";
import type {
  AttemptHandlers,
  UpstreamAttempt,
  UpstreamRequest,
  UpstreamTarget,
} from "../model/upstream.js";
import type { Ride, RideListener, UpstreamConnection } from "./connection.js";
import { endedCopy } from "./dial-record.js";
import type { Waiter } from "./waiter.js";

export interface AttemptTerms {
  target: UpstreamTarget;
  /** Undefined: a connection is wanted and nothing is sent; `ready` says that it is there, and nothing follows. */
  request: UpstreamRequest | undefined;
  record: AttemptRecord;
  span: SpanRef;
  handlers: AttemptHandlers;
  clock: Clock;
  /** The pool forgets it: it was aborted before it had a connection. */
  release(attempt: PooledAttempt): void;
}

/** One try upstream: waits for a connection, rides on it, and writes what happens into its record. */
export class PooledAttempt implements UpstreamAttempt, Waiter, RideListener {
  private currentRide: Ride | undefined;
  private over = false;

  constructor(private readonly terms: AttemptTerms) {}

  get span(): SpanRef {
    return this.terms.span;
  }

  get target(): UpstreamTarget {
    return this.terms.target;
  }

  get onlyWarms(): boolean {
    return this.terms.request === undefined;
  }

  /** True when nothing more will be told. The body of a response may still be under way. */
  get ended(): boolean {
    return this.over;
  }

  abort(): void {
    const waiting = this.currentRide === undefined && !this.over;
    this.over = true;
    this.close();
    if (waiting) this.terms.release(this);
    this.currentRide?.abort();
  }

  queued(dial: SpanRef): void {
    this.terms.record.queue ??= { startedAtMs: this.now(), dial };
    this.progressed();
  }

  dialling(record: DialRecord, stillQueued: boolean): void {
    this.terms.record.dial = record;
    if (!stillQueued) this.end(this.terms.record.queue);
    this.progressed();
  }

  progressed(): void {
    if (!this.over) this.terms.handlers.progressed();
  }

  ride(connection: UpstreamConnection): void {
    const { record, request } = this.terms;
    const { facts } = connection;
    this.end(record.queue);
    const own = facts.dialledBy === this.terms.span;
    if (!own) {
      record.reused = facts.dialledBy;
      this.detachDial();
    }
    record.upstreamConnectionId = facts.id;
    if (facts.peerAddress !== undefined) record.peerAddress = facts.peerAddress;
    if (facts.peerPort !== undefined) record.peerPort = facts.peerPort;
    if (facts.tlsVersion !== undefined) record.tlsVersion = facts.tlsVersion;
    if (request === undefined) {
      this.over = true;
      this.terms.handlers.ready(undefined);
      return;
    }
    this.currentRide = connection.request(request, this);
    // Aborted by its own `ready`.
    if (this.over) this.currentRide.abort();
    this.progressed();
  }

  ready(sink: BodySink | undefined): void {
    if (this.over) return;
    if (sink === undefined) this.beginWait();
    this.terms.handlers.ready(sink);
  }

  sendBegan(): void {
    this.terms.record.send ??= { startedAtMs: this.now() };
    this.progressed();
  }

  sendEnded(): void {
    const { record } = this.terms;
    this.end(record.send);
    if (record.status === undefined) this.beginWait();
    this.progressed();
  }

  informational(head: ResponseHead): void {
    if (!this.over) this.terms.handlers.informational(head);
  }

  response(
    head: ResponseHead,
    body: BodySource,
    protocol: "1.0" | "1.1" | "2",
    firstByteAtMs: number,
  ): void {
    if (this.over) return;
    const { record, handlers } = this.terms;
    this.over = true;
    record.protocol = protocol;
    record.status = head.status;
    this.end(record.wait, undefined, firstByteAtMs);
    handlers.response(head, body);
    handlers.progressed();
  }

  failed(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.close(failure);
    this.terms.handlers.failed(failure);
  }

  private beginWait(): void {
    this.terms.record.wait ??= { startedAtMs: this.now() };
  }

  private now(): number {
    return this.terms.clock.nowMs();
  }

  private end(
    phase: PhaseTime | undefined,
    failure?: Failure,
    atMs = this.now(),
  ): void {
    if (phase === undefined || phase.endedAtMs !== undefined) return;
    phase.endedAtMs = Math.max(atMs, phase.startedAtMs);
    if (failure !== undefined) phase.failure = failure;
  }

  /** Ends what is open in the record: an attempt that is over has no open phase. */
  private close(failure?: Failure): void {
    const { record } = this.terms;
    this.detachDial();
    this.end(record.queue, failure);
    this.end(record.send, failure);
    this.end(record.wait, failure);
  }

  /** From now on the dial, if it goes on, is not this attempt's. */
  private detachDial(): void {
    const { record } = this.terms;
    if (record.dial === undefined) return;
    record.dial = endedCopy(record.dial, this.now());
  }
}
