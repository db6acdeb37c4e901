import type {
  ObserverRecord,
  RunRecord,
  SessionRecord,
} from "../model/record.js";
import { openMemoryStore } from "./memory-store.js";
import type { PruneReport, RecordStore, Retention } from "./record-store.js";
import { inodeOf, setAside } from "./set-aside.js";
import { loadDriver } from "./sqlite-driver.js";
import type { Driver } from "./sqlite-driver.js";
import { explainSqlite, troubleOf } from "./sqlite-error.js";
import { openSqliteStore } from "./sqlite-store.js";

export interface StoreOptions {
  /** Told once for each thing that goes wrong, at opening and later: one line for the operator. */
  degraded: (line: string) => void;
  /** For tests: how the native module is loaded. */
  driver?: () => Driver;
  /** See openMemoryStore. */
  memoryBytes?: number;
}

/** Each has waited 5 s: somebody does not mean to let go. */
const BUSY_LIMIT = 3;

/**
 * The store of `file`, or, where that cannot be, one in memory: never an exception, since history is not worth a failed download. A
 * damaged file is moved aside and a fresh one made. A disk that fills up later costs what is written from then on; what is
 * open at that moment is carried over into memory.
 */
export function openStore(file: string, options: StoreOptions): RecordStore {
  return new SteadyStore(file, options);
}

class SteadyStore implements RecordStore {
  readonly #file: string;
  readonly #options: StoreOptions;
  #inner: RecordStore;
  #busyInARow = 0;
  #inode: bigint | undefined;
  /** Runs and sessions that have not ended, as last told: a fresh store must know them, too. */
  readonly #open = new Map<string, RunRecord | SessionRecord>();

  constructor(file: string, options: StoreOptions) {
    this.#file = file;
    this.#options = options;
    this.#inner = this.#openFile();
  }

  get state(): "sqlite" | "memory" {
    return this.#inner.state;
  }

  write(batch: readonly ObserverRecord[]): void {
    try {
      this.#inner.write(batch);
      this.#busyInARow = 0;
    } catch (error) {
      this.#leave(error);
      this.#inner.write(batch);
    }
    for (const record of batch) this.#remember(record);
  }

  trace(
    ref: Parameters<RecordStore["trace"]>[0],
  ): ReturnType<RecordStore["trace"]> {
    try {
      return this.#inner.trace(ref);
    } catch (error) {
      if (troubleOf(error) === "bug") throw error;
      return undefined;
    }
  }

  *pruneSteps(
    retention: Retention,
    nowMs: number,
  ): Generator<undefined, PruneReport> {
    const store = this.#inner;
    const steps = store.pruneSteps(retention, nowMs);
    // Between two steps a write may have found the disk full, and the store is another one.
    while (this.#inner === store) {
      const step = steps.next();
      if (step.done === true) return step.value;
      yield;
    }
    return { traces: 0, exchanges: 0, bytesFreed: 0 };
  }

  closeLost(): void {
    this.#inner.closeLost();
  }

  close(): void {
    this.#inner.close();
  }

  #openFile(): RecordStore {
    const driver = this.#options.driver ?? loadDriver;
    try {
      return this.#opened(driver);
    } catch (error) {
      if (troubleOf(error) !== "corrupt") return this.#inMemory(error);
    }
    try {
      this.#moveAside();
      return this.#opened(driver);
    } catch (error) {
      return this.#inMemory(error);
    }
  }

  #opened(driver: () => Driver): RecordStore {
    this.#inode = inodeOf(this.#file);
    const store = openSqliteStore(this.#file, driver);
    this.#inode = inodeOf(this.#file);
    return store;
  }

  #moveAside(): void {
    const moved = setAside(this.#file, this.#inode, new Date());
    if (moved !== undefined)
      this.#options.degraded(
        `the history was damaged and is now ${moved}; a new one was begun`,
      );
  }

  #inMemory(error: unknown): RecordStore {
    this.#options.degraded(
      `the history is kept in memory only: ${this.#file}: ${explainSqlite(error)}`,
    );
    return openMemoryStore(this.#options.memoryBytes);
  }

  /** Goes over to another store. @throws `error` itself where that would not help: a bug, or a lock that may be gone next time */
  #leave(error: unknown): void {
    const trouble = troubleOf(error);
    const mayPass = trouble === "busy" && ++this.#busyInARow < BUSY_LIMIT;
    if (trouble === "bug" || mayPass || this.state === "memory") throw error;
    const old = this.#inner;
    const carried = trouble === "corrupt" ? [] : this.#readBack(old);
    try {
      old.close();
    } catch {
      // It cannot be used any more in any case.
    }
    this.#inner =
      trouble === "corrupt" ? this.#openFile() : this.#inMemory(error);
    this.#inner.write([...this.#open.values(), ...carried]);
  }

  /** What is open, with all that belongs to it: mostly a disk that cannot be written can still be read. */
  #readBack(store: RecordStore): ObserverRecord[] {
    try {
      return [...this.#open.values()].flatMap((record) => {
        const trace = store.trace(
          record.type === "run"
            ? { runId: record.runId }
            : { sessionId: record.sessionId },
        );
        return trace === undefined
          ? []
          : [...trace.sessions, ...trace.exchanges];
      });
    } catch {
      return [];
    }
  }

  #remember(record: ObserverRecord): void {
    if (record.type === "exchange") return;
    const id = record.type === "run" ? record.runId : record.sessionId;
    if (record.endedAtMs === undefined) this.#open.set(id, record);
    else this.#open.delete(id);
  }
}
