import type {
  ExchangeRecord,
  ObserverRecord,
  RunRecord,
  SessionRecord,
} from "../model/record.js";

/**
 * Records that changed since they were last sent, each once: however often an open one changes between two batches, it goes
 * out as it is then. Runs come before sessions and sessions before exchanges, as the store wants them.
 */
export class DirtyRecords {
  readonly #runs = new Map<string, RunRecord>();
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #open = new Map<string, ExchangeRecord>();
  readonly #ended = new Map<string, ExchangeRecord>();

  put(record: ObserverRecord): void {
    if (record.type === "run") this.#runs.set(record.runId, record);
    else if (record.type === "session")
      this.#sessions.set(record.sessionId, record);
    else if (record.endedAtMs === undefined)
      this.#open.set(record.exchangeId, record);
    else {
      this.#open.delete(record.exchangeId);
      this.#ended.set(record.exchangeId, record);
    }
  }

  get size(): number {
    return this.endedCount + this.#open.size;
  }

  /** What will not change any more, or seldom: all but open exchanges. */
  get endedCount(): number {
    return this.#runs.size + this.#sessions.size + this.#ended.size;
  }

  takeAll(): ObserverRecord[] {
    // The ended before the open: a record that was ended and is open again would be newer.
    const taken = [...this.takeEnded(), ...this.#open.values()];
    this.#open.clear();
    return taken;
  }

  takeEnded(): ObserverRecord[] {
    const taken = [
      ...this.#runs.values(),
      ...this.#sessions.values(),
      ...this.#ended.values(),
    ];
    this.#runs.clear();
    this.#sessions.clear();
    this.#ended.clear();
    return taken;
  }
}
