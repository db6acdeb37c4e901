import type { TimerName } from "../exchange/events.js";
import type { Attempts } from "./attempts.js";
import type { Delivery } from "./delivery.js";
import type { Upload } from "./upload.js";

/** Since when upstream owes a byte. While the client is the slow one it owes none, and that is since now. */
export function idleSinceMs(
  timer: TimerName,
  nowMs: number,
  { attempts, delivery, upload }: Transfer,
): number {
  if (timer === "first-byte") {
    if (upload?.clientOwes() === true) return nowMs;
    return attempts.newest()?.lastSentAtMs ?? nowMs;
  }
  const { blockedSinceMs, unblockedAtMs } = delivery;
  if (blockedSinceMs !== undefined) return nowMs;
  const reading = attempts.reader?.record;
  return Math.max(
    reading?.lastByteAtMs ?? reading?.receive?.startedAtMs ?? nowMs,
    unblockedAtMs ?? 0,
  );
}

/** What moves in one exchange. */
export interface Transfer {
  attempts: Pick<Attempts, "newest" | "reader">;
  delivery: Pick<Delivery, "blockedSinceMs" | "unblockedAtMs">;
  upload: Pick<Upload, "clientOwes"> | undefined;
}
