import type { Failure, FailureKind } from "../model/failure.js";

/** Which of an attempt's breakers a failure counts for. `way` is the upstream proxy; over the direct way it is the origin. */
export interface Blame {
  way: boolean;
  origin: boolean;
}

const NOBODY: Blame = { way: false, origin: false };
const WAY: Blame = { way: true, origin: false };
const ORIGIN: Blame = { way: false, origin: true };
// A proxy that gives no answer to CONNECT may be dead, or may itself wait for a dead origin: one origin's breaker opens then,
// and the way's only where nothing else gets through it, as each handshake that does ends its row.
const BOTH: Blame = { way: true, origin: true };

/** Over an upstream proxy all look-ups and connects are those of the proxy. */
const BLAMES: Record<FailureKind, Blame> = {
  "dns-failure": WAY,
  "dns-timeout": WAY,
  "connect-refused": WAY,
  "connect-reset": WAY,
  "connect-unreachable": WAY,
  "connect-timeout": WAY,
  "connect-failed": WAY,
  "proxy-refused": ORIGIN, // the proxy works, and says what it thinks of this origin
  "proxy-auth": WAY,
  "proxy-timeout": BOTH,
  "proxy-failed": BOTH,
  "tls-timeout": ORIGIN,
  "tls-untrusted": ORIGIN,
  "tls-failed": ORIGIN,
  "queue-timeout": ORIGIN,
  "first-byte-timeout": ORIGIN,
  "body-idle-timeout": ORIGIN,
  "total-timeout": NOBODY, // the request's own limit, whoever spent it
  reset: ORIGIN,
  "stream-reset": ORIGIN,
  goaway: ORIGIN,
  "server-error": ORIGIN,
  "not-there": NOBODY,
  "mirror-differs": NOBODY, // two honest proxies can zip one module differently
  "range-differs": NOBODY,
  unverified: ORIGIN,
  "breaker-open": NOBODY,
  overtaken: NOBODY,
  truncated: ORIGIN,
  overlong: ORIGIN,
  protocol: ORIGIN,
  "forbidden-address": NOBODY,
  "client-gone": NOBODY,
  "client-untrusting": NOBODY,
  "bad-request": NOBODY,
  stopped: NOBODY,
  internal: NOBODY,
};

/** @param isDirect there is no upstream proxy to blame */
export function blameFor(failure: Failure, isDirect: boolean): Blame {
  // TLS to the proxy itself is part of its handshake.
  const blame =
    failure.phase === "proxy" && failure.kind.startsWith("tls-")
      ? WAY
      : BLAMES[failure.kind];
  return isDirect ? { way: false, origin: blame.way || blame.origin } : blame;
}
