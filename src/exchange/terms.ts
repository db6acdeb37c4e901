/** Limits of one attempt once its request is written, as policy/ worked them out; 0 means none. */
export interface SilenceLimits {
  /** Request written to first byte. */
  firstByteMs: number;
  /** No byte of a body under way while the client can take bytes. */
  bodyIdleMs: number;
}

/** One source over one way, as far as the machine cares. */
interface StationTerms {
  /** Stations of one source share this number. The own source, which go named, is 0. */
  source: number;
}

/** What holds for one exchange. It may be said anew between two events: a session's settings come to light beside its requests. */
export interface ExchangeTerms {
  limits: SilenceLimits;
  /** In their place on the last try there is. */
  patience: SilenceLimits;
  totalMs: number;
  /** GET and HEAD: may be sent again while no byte reached the client (RFC 9110 §9.2.2). */
  repeatable: boolean;
  /** Tries at one source, at least 1; each way of it has one in any case. */
  attempts: number;
  /** In their order; the first is the own source over the own way. */
  stations: readonly StationTerms[];
  /** Whether `stations` is all there is: false before `stations-known`. */
  stationsKnown: boolean;
}
