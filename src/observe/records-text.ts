import type { Log } from "../model/log.js";
import type { ObserverRecord } from "../model/record.js";

/** The JSON text of records. One that has none (a bug) is left out and reported once: it must not cost the others. */
export function recordsText(
  records: readonly ObserverRecord[],
  log: Log,
): string {
  try {
    return JSON.stringify(records);
  } catch {
    const texts = records.flatMap((record) => {
      try {
        return [JSON.stringify(record)];
      } catch (error) {
        log.notice("recorder-json", `a ${record.type}: ${String(error)}`);
        return [];
      }
    });
    return `[${texts.join(",")}]`;
  }
}
