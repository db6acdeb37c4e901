import type { RequestInfo } from "../model/request-kind.js";

/** What go asks for, as classify/ reads it from the URL. */
export type OfflineRequest = Pick<
  RequestInfo,
  "kind" | "modulePath" | "moduleVersion" | "sumdbName" | "sumdbTile"
> & {
  /** Path and query: a toolchain's says whether it is the zip. */
  target: string;
};

/** A file that is the whole answer to one request. */
interface OfflineFile {
  /** Absolute, free of symbolic links. */
  file: string;
  /** At least 1. */
  bytes: number;
  contentType: string;
}

/** A place on this machine where answers may lie. */
export interface OfflineStore {
  /** For people and spans: `gomodcache`, `athens`. */
  name: string;
  /**
   * Only what never changes once it is published: `.info`, `.mod` and `.zip` of canonical versions (toolchains too), look-ups and
   * tiles. Never rejects: what cannot be read is not there.
   */
  find(request: OfflineRequest): Promise<OfflineFile | undefined>;
}
