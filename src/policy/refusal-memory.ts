/** Who has refused gotap's certificate, and when: key to monotonic milliseconds, oldest first. Never changed in place. */
export type RefusalMemory = ReadonlyMap<string, number>;

export const NO_REFUSALS: RefusalMemory = new Map();

/** So long a client that refused is tunnelled (SPEC §2). */
const REFUSAL_MS = 10 * 60_000;

/** Above it the oldest are forgotten: a client that makes up keys can cost no more than this. */
const MAX_REFUSALS = 1000;

/**
 * The memory with one more refusal, and without those that are over.
 * @param key what is to be tunnelled next time: the program and the host
 */
export function remember(
  memory: RefusalMemory,
  key: string,
  nowMs: number,
): RefusalMemory {
  const next = new Map<string, number>();
  for (const [other, atMs] of memory)
    if (other !== key && nowMs - atMs < REFUSAL_MS) next.set(other, atMs);
  for (const oldest of next.keys()) {
    if (next.size < MAX_REFUSALS) break;
    next.delete(oldest);
  }
  return next.set(key, nowMs);
}

/** Whether `key` has refused within the last 10 minutes. */
export function refusedRecently(
  memory: RefusalMemory,
  key: string,
  nowMs: number,
): boolean {
  const atMs = memory.get(key);
  return atMs !== undefined && nowMs - atMs < REFUSAL_MS;
}
