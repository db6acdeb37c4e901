import type { Clock } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type { ObserverRecord } from "../model/record.js";
import type { TraceRecords } from "../model/trace.js";
import { openStore } from "../store/store.js";
import type { TraceRef } from "../store/trace-ref.js";
import type { StoreState } from "./messages.js";
import { ObserverClient } from "./observer-client.js";
import { localLink } from "./observer-link.js";
import type { OpenLink } from "./observer-link.js";
import { workerLink } from "./worker-link.js";

export interface RecorderOptions {
  storeFile: string;
  /** `[store] max_age`; 0 keeps for ever. */
  maxAgeMs: number;
  /** `[store] max_size`; 0 is no limit. */
  maxBytes: number;
  clock: Clock;
  log: Log;
  /** Where the observer runs; the default is a worker thread (on this thread when run from TypeScript sources). */
  link?: OpenLink;
}

/** The data thread's end of recording. Nothing here throws or waits on the store: a lost history costs no download. */
export interface Recorder {
  /**
   * Notes that a record is new or has changed. The object stays the caller's, who may go on changing it: it is read when the
   * next batch is made: at most 25 ms later, an open exchange's at most 100 ms. A session should be put before its exchanges.
   */
  put(record: ObserverRecord): void;
  /** Everything put so far is stored, in the file or in memory. Never rejects. */
  flush(): Promise<void>;
  /** What is stored of a run, session or trace, everything put so far included. */
  trace(ref: TraceRef): Promise<TraceRecords | undefined>;
  /** Hears every `put`, at once and on the data thread. @returns stops it */
  tap(listener: (record: ObserverRecord) => void): () => void;
  /** Resolves when the store is open, in whatever state. */
  opened: Promise<StoreState>;
  /** `sqlite` until `opened` has resolved. */
  storeState(): StoreState;
  /** Flushes and closes the store; later puts are dropped. Gives up after 15 s. Idempotent, never rejects. */
  close(): Promise<void>;
}

export function startRecorder(options: RecorderOptions): Recorder {
  const { clock, log } = options;
  const client = new ObserverClient(
    clock,
    log,
    options.link ?? defaultLink(options),
  );
  const listeners = new Set<(record: ObserverRecord) => void>();
  return {
    put(record) {
      client.put(record);
      for (const listener of listeners)
        try {
          listener(record);
        } catch (error) {
          log.notice("recorder-tap", `the progress display: ${String(error)}`);
        }
    },
    flush: () => client.flush(),
    trace: (ref) => client.trace(ref),
    tap(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    opened: client.opened,
    storeState: () => client.storeState,
    close: () => client.close(),
  };
}

function defaultLink({
  storeFile,
  maxAgeMs,
  maxBytes,
}: RecorderOptions): OpenLink {
  const retention = { maxAgeMs, maxBytes };
  // Node.js 20 cannot run a worker from TypeScript, which is what vitest runs us from.
  return import.meta.url.endsWith(".ts")
    ? localLink((degraded) => openStore(storeFile, { degraded }), retention)
    : workerLink({ storeFile, retention });
}
