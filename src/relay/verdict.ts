import type { AttemptVerdict } from "../model/breaker.js";
import type { Failure } from "../model/failure.js";

/** What one end means to the breaker: our own limits are the peer's silence, a cancelled attempt is nobody's fault. */
export function verdictOf(
  failure: Failure | undefined,
  status: number | undefined,
  retryAfterMs: number | undefined,
  connectionId: number | undefined,
): AttemptVerdict {
  if (failure === undefined || failure.kind === "server-error") {
    // 408 and 425 are worth a retry, but no 4xx other than 429 counts (SPEC §4).
    const isAnswer = status !== undefined && status >= 400 && status < 500;
    if (isAnswer && status !== 429) return { type: "neither" };
    if (failure === undefined && (status ?? 0) < 400)
      return { type: "succeeded" };
    return {
      type: "refused",
      status: status ?? 0,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
  }
  return NOBODYS_FAULT.has(failure.kind)
    ? { type: "neither" }
    : {
        type: "failed",
        failure,
        ...(connectionId === undefined ? {} : { connectionId }),
      };
}

const NOBODYS_FAULT: ReadonlySet<Failure["kind"]> = new Set([
  "client-gone",
  "overtaken",
  "stopped",
  "not-there",
  "total-timeout",
  "internal",
  "mirror-differs",
  "range-differs",
  "forbidden-address",
]);
