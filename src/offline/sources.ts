import type { Log } from "../model/log.js";
import { athensStore } from "./athens.js";
import { gomodcacheStore, type SumdbKey } from "./gomodcache.js";
import type { OfflineStore } from "./store.js";

export interface OfflineOptions {
  /** `[offline] use`: `gomodcache`, `athens:FOLDER`, `gotap`. */
  use: readonly string[];
  /** GOMODCACHE, absolute; undefined where there is none. */
  gomodcache: string | undefined;
  /** Whose signature a stored look-up must carry. */
  sumdbKey: SumdbKey;
  log: Log;
}

const ATHENS = "athens:";

/** The places that `[offline] use` names, in its order. One that cannot be used is said once and left out. */
export function offlineSources(options: OfflineOptions): OfflineStore[] {
  return options.use.flatMap((use) => storeOf(use, options) ?? []);
}

function storeOf(
  use: string,
  { gomodcache, log, sumdbKey }: OfflineOptions,
): OfflineStore | undefined {
  if (use.startsWith(ATHENS)) return athensStore(use.slice(ATHENS.length));
  if (use === "gomodcache") {
    if (gomodcache !== undefined) return gomodcacheStore(gomodcache, sumdbKey);
    log.notice(
      "offline gomodcache",
      "[offline] use: the module cache is not known: neither GOMODCACHE nor GOPATH nor HOME is set",
    );
    return undefined;
  }
  log.notice(
    `offline ${use}`,
    `[offline] use: ${use} is not there yet, and gives no answers`,
  );
  return undefined;
}
