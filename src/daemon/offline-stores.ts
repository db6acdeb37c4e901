import type { Log } from "../model/log.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Settings } from "../model/settings.js";
import type { Source } from "../model/source.js";
import { gomodcacheOf } from "../offline/gomodcache-folder.js";
import { offlineSources } from "../offline/sources.js";
import type { OfflineStore } from "../offline/store.js";
import type { SumdbKeys } from "./sumdb-keys.js";

/** Answers that lie on this machine (`[offline]`). */
export interface OfflineStores {
  /** The files that hold the answer to a request, in the order of `[offline] use`. Never rejects. */
  find(info: RequestInfo, target: string): Promise<Source[]>;
}

export interface OfflineStoresOptions {
  /** As they are now. */
  settings: Pick<Settings, "offline">;
  /** This process's own: GOMODCACHE is the user's, also where a run has an empty one of its own. */
  env: NodeJS.ProcessEnv;
  keys: Pick<SumdbKeys, "keyOf">;
  log: Log;
}

/** The stores are opened with the first request that wants them, and anew when `use` has changed. */
export function offlineStores(options: OfflineStoresOptions): OfflineStores {
  const { env, keys, log, settings } = options;
  let used: readonly string[] | undefined;
  let stores: Promise<OfflineStore[]> = Promise.resolve([]);
  return {
    async find(info, target) {
      const { use } = settings.offline;
      if (use !== used) {
        used = use;
        stores = gomodcacheOf(env).then((gomodcache) =>
          offlineSources({
            use,
            gomodcache,
            sumdbKey: (name) => keys.keyOf(name),
            log,
          }),
        );
      }
      const found: Source[] = [];
      for (const store of await stores) {
        const file = (await store.find({ ...info, target }))?.file;
        if (file !== undefined) found.push(sourceAt(store.name, target, file));
      }
      return found;
    },
  };
}

/** Nothing is dialled: the origin is the store's name, for spans. */
function sourceAt(name: string, target: string, file: string): Source {
  return {
    role: "offline",
    name,
    origin: { scheme: "https", host: name, port: 0 },
    target,
    hostHeader: name,
    file,
  };
}
