import { randomBytes } from "node:crypto";

const POOL_BYTES = 4096;
let pool = randomBytes(POOL_BYTES);
let used = 0;

/** Random lower-case hex. From a pool: a call of its own to the system for each request would cost as much as the request. */
function hex(bytes: number): string {
  if (used + bytes > POOL_BYTES) {
    pool = randomBytes(POOL_BYTES);
    used = 0;
  }
  const text = pool.toString("hex", used, used + bytes);
  used += bytes;
  return text;
}

/** W3C Trace Context §3.2.2.3. */
export const newTraceId = (): string => hex(16);
/** W3C Trace Context §3.2.2.4; also the form of run and session ids. */
export const newSpanId = (): string => hex(8);
export const newExchangeId = (): string => hex(6);
