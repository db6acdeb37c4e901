import type { Failure } from "../model/failure.js";
import type { DialRecord } from "../model/record.js";
import type { SpanRef } from "../model/span-ref.js";
import type { UpstreamTarget } from "../model/upstream.js";
import type { UpstreamConnection } from "./connection.js";

/** An attempt, as the pool sees it until it has a connection. */
export interface Waiter {
  readonly span: SpanRef;
  readonly target: UpstreamTarget;
  /** It sends nothing: the connection is for the next who comes. */
  readonly onlyWarms: boolean;
  /** It waits for that attempt's dial, or for a slot of its connection. */
  queued(dial: SpanRef): void;
  /**
   * It dials; `record` fills as the dial goes on.
   * @param stillQueued it goes on waiting for a slot all the same, and takes what comes first
   */
  dialling(record: DialRecord, stillQueued: boolean): void;
  progressed(): void;
  /** The end of its waiting: one of the two, once. */
  ride(connection: UpstreamConnection): void;
  failed(failure: Failure): void;
}
