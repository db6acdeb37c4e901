import type { ExchangeRecord } from "../model/record.js";
import type { TraceRecords } from "../model/trace.js";
import { wallClock } from "../span/instant.js";

/**
 * Sessions and exchanges by their start on the wall clock: the sessions of a trace may come from processes with different
 * monotonic clocks. What starts at the same instant stays as it was.
 */
export function inOrder(trace: TraceRecords): TraceRecords {
  const clocks = new Map(
    trace.sessions.map((session) => [
      session.sessionId,
      wallClock(session.anchor),
    ]),
  );
  const startOf = (record: Pick<ExchangeRecord, "sessionId" | "startedAtMs">) =>
    clocks.get(record.sessionId)?.(record.startedAtMs) ?? 0;
  return {
    ...trace,
    sessions: sortedBy(trace.sessions, startOf),
    exchanges: sortedBy(trace.exchanges, startOf),
  };
}

function sortedBy<T>(values: readonly T[], keyOf: (value: T) => number): T[] {
  return values
    .map((value) => ({ value, key: keyOf(value) }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value);
}
