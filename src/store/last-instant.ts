import type { ObserverRecord } from "../model/record.js";

/** The latest instant that stands anywhere in the record, on its own monotonic clock: until then its writer was alive. */
export function lastInstantMs(record: ObserverRecord): number {
  return latestIn(record, record.startedAtMs);
}

function latestIn(value: object, soFar: number): number {
  let latest = soFar;
  for (const [name, part] of Object.entries(value)) {
    if (typeof part === "number") {
      if (/(?:^a|A)tMs$/.test(name)) latest = Math.max(latest, part);
    } else if (typeof part === "object" && part !== null)
      // The anchor ties the clocks together and is no event of this record.
      if (name !== "anchor") latest = latestIn(part as object, latest);
  }
  return latest;
}
