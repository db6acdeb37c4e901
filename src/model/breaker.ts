import type { Failure } from "./failure.js";
import type { RequestKind } from "./request-kind.js";
import type { Station } from "./source.js";

/** What shares a breaker at one origin (SPEC §4). */
export type BreakerGroup = "modules" | "sumdb" | "git" | "other";

export type BreakerName = "closed" | "open" | "half-open";

/** How one attempt ended, as far as a breaker cares. */
export type AttemptVerdict =
  | { type: "succeeded" }
  | {
      type: "failed";
      failure: Failure;
      /** AttemptRecord's `upstreamConnectionId`. */
      connectionId?: number;
    }
  /** 429 or 5xx. */
  | { type: "refused"; status: number; retryAfterMs?: number }
  /** Cancelled, overtaken, any other 4xx: counts for nothing, but gives a probe's place back. */
  | { type: "neither" };

/** An attempt that was let through; `ended` is called exactly once. */
export interface Pass {
  /** The way worked: the proxy's handshake is done, or an answer came. Idempotent. */
  reached(): void;
  /**
   * A 2xx's head came. It has reached, and a half-open breaker lets the next probe through, which need not wait for a long
   * body; the verdict is still to come with the body's end. Idempotent.
   */
  answered(): void;
  ended(verdict: AttemptVerdict): void;
}

export type Entry =
  | { ok: true; pass: Pass }
  | {
      ok: false;
      /** The breaker that is open. */
      name: string;
      /** Until it would let a probe through; at least 1. */
      retryAfterMs: number;
    };

/** The breakers, seen from an attempt. */
export interface Gate {
  /**
   * @param exchangeId attempts of one exchange count once towards "failures in a row"
   * @param sole no other source or way is left for this request
   */
  enter(
    station: Station,
    kind: RequestKind,
    exchangeId: string,
    sole: boolean,
  ): Entry;
}

/** One breaker as `gotap breaker list --json` and the terminal UI show it. */
export interface BreakerSnapshot {
  /** `goproxy.cn:443 modules`, with ` via NAME` behind it for a way that is not direct; `way NAME`. */
  name: string;
  state: BreakerName;
  /** RFC 3339; of the last change. */
  since: string;
  /** Held by hand until `close` or `reset`. */
  forced: boolean;
  failures_in_row: number;
  /** Attempts and failed ones in the window. */
  attempts: number;
  failed: number;
  /** Until a probe is let through; absent unless open. */
  retry_after_ms?: number;
  /** Why it opened, one line. */
  cause?: string;
  /** What opened it: a StateChange's `rule`. */
  rule?: string;
  /** Only where a health check watches it. */
  health?: "healthy" | "unhealthy" | "unknown";
}
