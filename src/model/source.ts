import type { SourceRole } from "./record.js";
import type { TargetTrust } from "./upstream.js";
import type { Origin, Way } from "./way.js";

/** One place that may answer a request. */
export interface Source {
  role: SourceRole;
  /** For people: `goproxy.cn`, `gomodcache`. */
  name: string;
  /** For `offline`: https, the cache's name, port 0; nothing is dialled. */
  origin: Origin;
  /** Path and query there: the mirror's own base in front. */
  target: string;
  hostHeader: string;
  /** For `offline`: the file that holds the answer's body, absolute. */
  file?: string;
}

/** A source over a way: what an attempt is made at. */
export interface Station {
  source: Source;
  way: Way;
  trust?: TargetTrust;
}
