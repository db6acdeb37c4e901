/** Points to a span of any trace; lower-case hex as in W3C Trace Context (32 and 16 digits). */
export interface SpanRef {
  traceId: string;
  spanId: string;
}

/**
 * The span ids under one exchange derive from its id, so that a record need not carry them: 12 hex digits (48 random bits)
 * of the exchange, then 4 of the span's slot. Slot 0 is the SERVER span; attempt i owns slots (i + 1) × 64 and up.
 */
const SLOTS_PER_ATTEMPT = 64;

export const SLOT = {
  attempt: 0,
  queue: 1,
  dns: 2,
  proxy: 3,
  tls: 4,
  send: 5,
  wait: 6,
  receive: 7,
  /** The first address tried; the n-th has slot firstConnect + n, at most 55 more. */
  firstConnect: 8,
} as const;

/**
 * @param exchangeId 12 hex digits
 * @param attemptIndex absent for the SERVER span
 * @param slot one of SLOT, plus the address index for `firstConnect`; above 63 it is held at 63
 */
export function spanIdOf(
  exchangeId: string,
  attemptIndex?: number,
  slot = 0,
): string {
  const number =
    attemptIndex === undefined
      ? 0
      : (attemptIndex + 1) * SLOTS_PER_ATTEMPT +
        Math.min(slot, SLOTS_PER_ATTEMPT - 1);
  return exchangeId + number.toString(16).padStart(4, "0");
}
