import type { ObserverRecord } from "../model/record.js";
import { redactRecord } from "../span/redact.js";
import type { RecordStore, Retention } from "../store/record-store.js";
import { troubleOf } from "../store/sqlite-error.js";
import type { TraceRef } from "../store/trace-ref.js";
import type { FromObserver, StoreState, ToObserver } from "./messages.js";
import { startHousekeeping } from "./housekeeping.js";

export interface ObserverOptions {
  /** Called at once. `degraded` is to be told one line for everything that costs history. */
  openStore: (degraded: (line: string) => void) => RecordStore;
  retention: Retention;
  post: (message: FromObserver) => void;
}

export interface Observer {
  /** Never throws. */
  receive(message: ToObserver): void;
}

const RETRY_MS = 50;

/**
 * The consumer of records: takes credentials out, then stores, one transaction a batch, and keeps the store in order. It is the
 * worker's inside (worker.ts), and runs on the data thread itself where there is no worker.
 */
export function startObserver(options: ObserverOptions): Observer {
  const { post } = options;
  let detail: string | undefined;
  const store = options.openStore((line) => {
    detail = line;
    post({ type: "line", text: line });
  });
  let told: string | undefined;
  tellState();
  const housekeeping = startHousekeeping(store, options.retention, (text) =>
    post({ type: "line", text }),
  );
  /** While another process keeps the store locked, everything waits here, in order. */
  const waiting: ToObserver[] = [];
  let retrying = false;

  function tellState(): void {
    const state: StoreState = { state: store.state };
    if (detail !== undefined) state.detail = detail;
    const text = JSON.stringify(state);
    if (text === told) return;
    told = text;
    post({ type: "state", state });
  }

  function receive(message: ToObserver): void {
    waiting.push(message);
    if (!retrying) work();
  }

  function work(): void {
    for (;;) {
      const message = waiting[0];
      if (message === undefined) return;
      if (!handled(message)) {
        retrying = true;
        setTimeout(() => {
          retrying = false;
          work();
        }, RETRY_MS);
        return;
      }
      waiting.shift();
    }
  }

  /** @returns false where the same message is to be tried again */
  function handled(message: ToObserver): boolean {
    switch (message.type) {
      case "batch":
        return stored(message.seq, message.records);
      case "trace":
        post(answer(message.id, message.ref));
        return true;
      case "close":
        housekeeping.stop();
        store.close();
        post({ type: "closed" });
        return true;
    }
  }

  function answer(id: number, ref: TraceRef): FromObserver {
    try {
      const trace = store.trace(ref);
      if (trace !== undefined) return { type: "trace", id, trace };
    } catch (error) {
      post({ type: "line", text: `a trace cannot be read: ${String(error)}` });
    }
    return { type: "trace", id };
  }

  function stored(seq: number, text: string): boolean {
    const records = (JSON.parse(text) as ObserverRecord[]).map(redactRecord);
    try {
      store.write(records);
    } catch (error) {
      if (troubleOf(error) === "busy") return false;
      writeEach(records);
    }
    tellState();
    post({ type: "ack", seq });
    return true;
  }

  /** A record that cannot be stored is a bug, and costs itself alone. */
  function writeEach(records: readonly ObserverRecord[]): void {
    for (const record of records)
      try {
        store.write([record]);
      } catch (error) {
        post({
          type: "line",
          text: `a ${record.type} could not be stored: ${String(error)}`,
        });
      }
  }

  return { receive };
}
