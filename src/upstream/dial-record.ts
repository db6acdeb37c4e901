import type { DialRecord } from "../model/record.js";

/** A copy of a dial's record as it stands, with what is open ended: for an attempt that leaves its dial behind. */
export function endedCopy(record: DialRecord, nowMs: number): DialRecord {
  const copy = structuredClone(record);
  for (const phase of [copy.dns, ...copy.connects, copy.proxy, copy.tls])
    if (phase !== undefined) phase.endedAtMs ??= nowMs;
  return copy;
}
