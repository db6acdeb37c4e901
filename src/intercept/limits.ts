/**
 * Limits of the client's side (SPEC §8). Node's own do not reach sockets that are handed over after CONNECT (FACTS L26).
 * Milliseconds, all above 0.
 */
export interface InterceptLimits {
  /** From the answer to CONNECT to the end of the TLS handshake, however the bytes drip. */
  handshakeMs: number;
  /** A request's head, from its first byte; also HTTP/2's preface and SETTINGS. */
  requestHeadMs: number;
  /** A connection without an open request. */
  idleMs: number;
  /** What a refused client has to read its answer. */
  lingerMs: number;
  /** More are closed as they come. */
  maxConnections: number;
  /** Bytes of an HTTP/1.1 head and of an HTTP/2 header list; the header check has narrower limits and better words. */
  maxHeaderBytes: number;
}

export const DEFAULT_LIMITS: InterceptLimits = {
  handshakeMs: 10_000,
  requestHeadMs: 20_000,
  idleMs: 120_000,
  lingerMs: 2_000,
  maxConnections: 4_096,
  maxHeaderBytes: 131_072,
};

/** How often deadlines are looked at: late by at most a quarter of the shortest limit, and by one second. */
export function sweepIntervalMs(limits: InterceptLimits): number {
  const shortest = Math.min(
    limits.handshakeMs,
    limits.requestHeadMs,
    limits.idleMs,
    limits.lingerMs,
  );
  return Math.max(5, Math.min(1_000, shortest / 4));
}
