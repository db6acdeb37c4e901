import type { TraceRecords } from "../model/trace.js";
import type { TraceRef } from "../store/trace-ref.js";

// What passes between the data thread and the observer, in order, both ways. Everything survives structured clone.

export type ToObserver =
  /** `records` is the JSON text of ObserverRecord[]: a third of what a structured clone costs the data thread. */
  | { type: "batch"; seq: number; records: string }
  | { type: "trace"; id: number; ref: TraceRef }
  | { type: "close" };

export interface StoreState {
  state: "sqlite" | "memory";
  /** Why it is not in the file, or what was moved aside: one line for a person. */
  detail?: string;
}

export type FromObserver =
  /** First of all messages, and again when it changes. */
  | { type: "state"; state: StoreState }
  /** Batch `seq` and all before it are stored. */
  | { type: "ack"; seq: number }
  | { type: "trace"; id: number; trace?: TraceRecords }
  /** For the operator's log. */
  | { type: "line"; text: string }
  /** The answer to `close`: the store is closed, nothing follows. */
  | { type: "closed" };
