/** Attempts by instant, coarse: a tenth of the window is the grain, so that memory does not grow with traffic. Immutable. */
export type AttemptWindow = readonly Slot[];

interface Slot {
  fromMs: number;
  attempts: number;
  failed: number;
}

const SLOTS = 10;

export function withOutcome(
  window: AttemptWindow,
  isFailed: boolean,
  windowMs: number,
  nowMs: number,
): AttemptWindow {
  const fromMs = Math.floor((nowMs * SLOTS) / windowMs) * (windowMs / SLOTS);
  const last = window.at(-1);
  const failed = isFailed ? 1 : 0;
  if (last !== undefined && last.fromMs >= fromMs)
    return [
      ...window.slice(0, -1),
      {
        fromMs: last.fromMs,
        attempts: last.attempts + 1,
        failed: last.failed + failed,
      },
    ];
  const kept = window.filter((slot) => slot.fromMs > nowMs - windowMs);
  return [...kept, { fromMs, attempts: 1, failed }];
}

/** What of it is younger than the window. */
export function outcomes(
  window: AttemptWindow,
  windowMs: number,
  nowMs: number,
): { attempts: number; failed: number } {
  let attempts = 0;
  let failed = 0;
  for (const slot of window) {
    if (slot.fromMs <= nowMs - windowMs) continue;
    attempts += slot.attempts;
    failed += slot.failed;
  }
  return { attempts, failed };
}
