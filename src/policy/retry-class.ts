import type { Failure, FailureKind } from "../model/failure.js";

/** What a further try of a repeatable request may do after a failure. */
export interface RetryClass {
  /** The same source over the same way may do better later. */
  again: boolean;
  /** Another source or another way may do better. */
  elsewhere: boolean;
  /** The way or the dial failed, not the source: its next way comes before another source. */
  dial: boolean;
}

const NO: RetryClass = { again: false, elsewhere: false, dial: false };
const YES: RetryClass = { again: true, elsewhere: true, dial: false };
const ELSEWHERE: RetryClass = { again: false, elsewhere: true, dial: false };
const DIAL: RetryClass = { again: true, elsewhere: true, dial: true };
const OTHER_WAY: RetryClass = { again: false, elsewhere: true, dial: true };

const CLASSES: Record<FailureKind, RetryClass> = {
  "dns-failure": DIAL,
  "dns-timeout": DIAL,
  "connect-refused": DIAL,
  "connect-reset": DIAL,
  "connect-unreachable": DIAL,
  "connect-timeout": DIAL,
  "connect-failed": DIAL,
  "proxy-refused": DIAL,
  "proxy-auth": OTHER_WAY, // the same credentials get the same answer
  "proxy-timeout": DIAL,
  "proxy-failed": DIAL,
  "tls-timeout": DIAL, // firewalls let TCP through and stall the ClientHello
  "tls-untrusted": ELSEWHERE,
  "tls-failed": DIAL, // or reset it
  "queue-timeout": YES,
  "first-byte-timeout": YES,
  "body-idle-timeout": YES,
  "total-timeout": NO, // no time is left
  reset: YES,
  "stream-reset": YES,
  goaway: YES,
  "server-error": YES,
  "not-there": ELSEWHERE,
  "mirror-differs": ELSEWHERE,
  "range-differs": ELSEWHERE,
  unverified: ELSEWHERE,
  "breaker-open": OTHER_WAY,
  overtaken: NO,
  truncated: YES,
  overlong: ELSEWHERE,
  protocol: ELSEWHERE,
  "forbidden-address": NO,
  "client-gone": NO,
  "client-untrusting": NO,
  "bad-request": NO,
  stopped: NO,
  internal: NO,
};

/**
 * What a further try may do after this failure. The kind decides, and its code where that says more: a name that does not exist
 * (ENOTFOUND) or a proxy's 4xx to CONNECT stays what it is, and a `server-error` whose code is a status has the status's class.
 */
export function retryClass({ kind, code }: Failure): RetryClass {
  if (kind === "dns-failure" && code === "ENOTFOUND") return OTHER_WAY;
  if (kind === "proxy-refused" && code?.startsWith("4") === true)
    return OTHER_WAY;
  if (kind === "server-error" && code !== undefined && /^\d{3}$/.test(code)) {
    const ofStatus = statusClass(Number(code));
    // A page of HTML with a 200 is this source's own.
    return ofStatus.elsewhere ? ofStatus : ELSEWHERE;
  }
  return CLASSES[kind];
}

/**
 * 408, 425, 429, 500, 502, 503 and 504 may pass; any other 5xx (501, 505, 511, …) is this source's own; everything else is an
 * answer, after which nothing is tried.
 */
export function statusClass(status: number): RetryClass {
  if (PASSING.has(status)) return YES;
  return status >= 500 && status <= 599 ? ELSEWHERE : NO;
}

const PASSING: ReadonlySet<number> = new Set([
  408, 425, 429, 500, 502, 503, 504,
]);
