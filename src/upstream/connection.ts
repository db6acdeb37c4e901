import type { BodySink, BodySource } from "../model/body.js";
import type { ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import type { SpanRef } from "../model/span-ref.js";
import type { UpstreamRequest } from "../model/upstream.js";

/** What is known of a connection, for the record of each attempt that rides on it. */
export interface ConnectionFacts {
  /** Counts up in this process. */
  id: number;
  /** The attempt that dialled it. */
  dialledBy: SpanRef;
  peerAddress?: string;
  peerPort?: number;
  tlsVersion?: string;
}

/** What a connection tells the attempt that rides on it; each at most once but `informational`, nothing after an abort. */
export interface RideListener {
  /** The head is on its way. */
  ready(sink: BodySink | undefined): void;
  /** The first byte of the request's body, and its end. */
  sendBegan(): void;
  sendEnded(): void;
  informational(head: ResponseHead): void;
  /** `firstByteAtMs`: when the head's first byte was read. */
  response(
    head: ResponseHead,
    body: BodySource,
    protocol: "1.0" | "1.1" | "2",
    firstByteAtMs: number,
  ): void;
  /** Only before `response`. */
  failed(failure: Failure): void;
}

/** One request on a connection. */
export interface Ride {
  /** Idempotent. */
  abort(): void;
}

/** A connection that can carry a request now. */
export interface UpstreamConnection {
  readonly facts: ConnectionFacts;
  request(request: UpstreamRequest, listener: RideListener): Ride;
}
