import type { Failure } from "../model/failure.js";
import type { AttemptRecord } from "../model/record.js";
import type { TargetTrust } from "../model/upstream.js";
import type { Origin, Way } from "../model/way.js";

/** What a check looks at, in this order; each needs the one before. `tcp` holds the proxy's handshake and TLS too. */
export const CHECK_STATES = [
  "dns",
  "tcp",
  "request",
  "json",
  "version",
] as const;

export type CheckState = (typeof CHECK_STATES)[number];

/** One request whose answer is known by its shape. */
export interface Probe {
  /** Path and query at the target's origin, its base in front. Public: it is sent without any credentials. */
  target: string;
  /**
   * `info`: JSON with a Version (`.info`, `@latest`). `note`: a checksum database's signed tree (`/latest`), whose header line
   * stands for `json` and whose tree size for `version`; the signature is not looked at.
   */
  expects: "info" | "note";
}

/** One base (module proxy or checksum database) over one way. */
export interface HealthTarget {
  /** Its breaker's name; no two targets have one name. */
  name: string;
  origin: Origin;
  /** Without the last slash; empty for the root. */
  basePath: string;
  hostHeader: string;
  way: Way;
  trust?: TargetTrust;
  /**
   * Asked at each check. A public request that this base has answered, or was asked, before.
   * @returns undefined where there is none yet: then `HEAD base/` is asked, and `json` and `version` are left out
   */
  probe(): Probe | undefined;
}

export interface CheckStep {
  state: CheckState;
  /** `skipped`: did not happen (a kept connection, an address for a name, nothing to read), or stands behind the one that failed. */
  verdict: "passed" | "failed" | "skipped";
  /** Absent where it was skipped, or took no time of its own. */
  tookMs?: number;
}

/** What one check found. */
export interface HealthResult {
  passed: boolean;
  /** Absent when it passed. */
  failedAt?: CheckState;
  /** One line for a person: why it failed, or what is to be known of a pass. */
  cause?: string;
  /** Where no answer came, or its body broke off. */
  failure?: Failure;
  /** All five, in order; of the last request where there were redirects. */
  steps: CheckStep[];
  tookMs: number;
  /** Each request that was made, in order. */
  attempts: AttemptRecord[];
}
