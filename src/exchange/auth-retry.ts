/**
 * Remembers which requests a client was refused with a 4xx, to mark go's second try: every https 4xx is requested twice,
 * once more with what GOAUTH gives (FACTS G4; cmd/go/internal/auth). It is no retry of a failure, and no new request of
 * the user's.
 */
export interface AuthRetryMemory {
  /** Key of a request to when it was refused. */
  refusedAtMs: Map<string, number>;
}

/** go asks again at once; a minute covers a slow credential helper. */
const WITHIN_MS = 60_000;
const MOST_KEYS = 256;

export function authRetryMemory(): AuthRetryMemory {
  return { refusedAtMs: new Map() };
}

/** @param key names session, host and target */
export function rememberRefusal(
  memory: AuthRetryMemory,
  key: string,
  nowMs: number,
): void {
  const { refusedAtMs } = memory;
  if (refusedAtMs.size >= MOST_KEYS) {
    const oldest = refusedAtMs.keys().next();
    if (oldest.done !== true) refusedAtMs.delete(oldest.value);
  }
  refusedAtMs.set(key, nowMs);
}

/** Whether this request is the second try; asking forgets the first, so that a third is a request again. */
export function isAuthRetry(
  memory: AuthRetryMemory,
  key: string,
  nowMs: number,
): boolean {
  const at = memory.refusedAtMs.get(key);
  if (at === undefined) return false;
  memory.refusedAtMs.delete(key);
  return nowMs - at <= WITHIN_MS;
}
