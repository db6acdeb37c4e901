/** Points to a span of any trace; lower-case hex as in W3C Trace Context (32 and 16 digits). */
export interface SpanRef {
  traceId: string;
  spanId: string;
}

/**
 * The span ids under one exchange derive from its id, so that a record need not carry them: 12 hex digits (48 random bits)
 * of the exchange, then 4 of the span's slot. Slot 0 is the SERVER span, slots 1 to 63 are its waits; attempt i owns slots
 * (i + 1) × 64 and up.
 */
const SLOTS_PER_ATTEMPT = 64;
/** An exchange's attempts from the 1,024th on have no span ids of their own. */
export const MAX_ATTEMPTS = 65_536 / SLOTS_PER_ATTEMPT - 1;
/** Neither have its waits from the 64th on. */
export const MAX_WAITS = SLOTS_PER_ATTEMPT - 1;

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
 * @param attemptIndex at most MAX_ATTEMPTS - 1; absent for the SERVER span and its waits
 * @param slot one of SLOT, plus the address index for `firstConnect`; without an attempt the n-th wait's n, from 1 on, or 0 for
 * the SERVER span. Above 63 it is held at 63
 */
export function spanIdOf(
  exchangeId: string,
  attemptIndex?: number,
  slot = 0,
): string {
  const block = attemptIndex === undefined ? 0 : attemptIndex + 1;
  const number =
    block * SLOTS_PER_ATTEMPT + Math.min(slot, SLOTS_PER_ATTEMPT - 1);
  return exchangeId + number.toString(16).padStart(4, "0");
}
