import type { RequestInfo } from "../model/request-kind.js";
import type { Source } from "../model/source.js";

/** Answers that lie on this machine (`[offline]`). */
export interface OfflineStores {
  /** The files that hold the answer to a request, in the order of `[offline] use`. Never rejects. */
  find(info: RequestInfo, target: string): Promise<Source[]>;
}
