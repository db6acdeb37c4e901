import type { RecordStore, Retention } from "../store/record-store.js";
import { explainSqlite, troubleOf } from "../store/sqlite-error.js";

const HOUSEKEEPING_MS = 10 * 60_000;

/**
 * Retention and the closing of what dead processes left, now and every 10 minutes. It goes in steps with the event loop between
 * them, so that batches are stored meanwhile and the data thread is never kept waiting for an old trace's removal.
 */
export function startHousekeeping(
  store: RecordStore,
  retention: Retention,
  line: (text: string) => void,
): { stop(): void } {
  let stopped = false;
  let steps: Generator<undefined, unknown> | undefined;

  function step(): void {
    if (stopped || steps === undefined) return;
    if (guarded(steps)) setImmediate(step);
    else steps = undefined;
  }

  /** @returns whether there is more to do */
  function guarded(current: Generator<undefined, unknown>): boolean {
    try {
      return current.next().done !== true;
    } catch (error) {
      // Busy: the next round does it.
      if (troubleOf(error) !== "busy")
        line(`old traces could not be removed: ${explainSqlite(error)}`);
      return false;
    }
  }

  function* round(): Generator<undefined, void> {
    store.closeLost();
    yield;
    yield* store.pruneSteps(retention, Date.now());
  }

  function begin(): void {
    if (steps !== undefined) return;
    steps = round();
    setImmediate(step);
  }

  begin();
  const timer = setInterval(begin, HOUSEKEEPING_MS);
  timer.unref();
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}
