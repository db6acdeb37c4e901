import type { Failure } from "../model/failure.js";
import type { AttemptReason } from "../model/record.js";

export type TimerName = "first-byte" | "body-idle" | "total";

/** What happens to an exchange. Instants come beside it, as `nowMs`. Attempts are named by their index. */
export type ExchangeEvent =
  | { type: "begin" }
  /** An attempt's head is written; a body may still be under way. */
  | { type: "written"; attempt: number }
  | {
      /** An answer that can be handed on; while a body is to be continued: one that may continue it. */
      type: "responded";
      attempt: number;
      /** Should it break off, the rest can be asked for: a whole body of known length, as the host keeps it. */
      continuable: boolean;
    }
  | {
      /** An answer that is better had from somewhere else: 429, 5xx, a mirror's 404. */
      type: "rejected";
      attempt: number;
      failure: Failure;
      /** From Retry-After. */
      retryAfterMs?: number;
      /** It is an answer all the same, of the host that go named, and is handed on where nothing else is left. */
      presentable: boolean;
    }
  /** A mirror's redirect, which gotap follows itself. */
  | { type: "redirected"; attempt: number }
  | {
      type: "attempt-failed";
      attempt: number;
      failure: Failure;
      /** The connection was there before this attempt: the peer may have closed it while the request was on its way. */
      reused: boolean;
      /** A byte of the request's body is gone to the peer. */
      bodySent: boolean;
    }
  | { type: "stations-known" }
  | {
      type: "pause-over";
      /** The pause's `orElse`, where the retry budget would have made it longer. */
      station?: number;
    }
  /** The answer's body has its first byte, or its clean end without one; always before `body-ended`. */
  | { type: "body-began" }
  | { type: "body-ended" }
  | {
      type: "body-failed";
      failure: Failure;
      /** This attempt brought more of the body than a further one costs: the tries count from the start again. */
      progressed: boolean;
    }
  /** The bytes that go already has were found in what is to continue the body. */
  | { type: "joined" }
  | { type: "client-gone" }
  | { type: "stopped" }
  | {
      type: "timer";
      timer: TimerName;
      /** Since when the peer owes a byte; now, where it owes none (the client is the slow one). */
      idleSinceMs: number;
      /** For `body-idle`: as in `body-failed`. */
      progressed?: boolean;
    };

/** What is to be done about it, in this order. */
export type ExchangeCommand =
  | {
      type: "attempt";
      attempt: number;
      station: number;
      reason?: Exclude<AttemptReason, "redirect">;
      /** On no kept connection: the one in use may be what is silent. */
      fresh?: boolean;
    }
  /** A further attempt, where the answer of `from` points to. */
  | { type: "follow"; attempt: number; from: number }
  /** `stations-known` is to come when all that may be used is known. */
  | { type: "ask-stations" }
  | {
      /** `pause-over` is to come when another try may be made. */
      type: "pause";
      station: number;
      /** Tries that its source has had; 0: no backoff, only what the retry budget says. */
      tries: number;
      retryAfterMs?: number;
      /** Another source that may be asked at once: rather that than wait for the budget. */
      orElse?: number;
    }
  | { type: "cancel-pause" }
  | { type: "abort"; attempt: number; failure: Failure }
  /** Its answer is not used: the body is not read. */
  | { type: "discard"; attempt: number; failure: Failure }
  /** Its answer is the one: its body is begun. */
  | { type: "take"; attempt: number }
  /** Its body is to go on where the one before broke off. */
  | { type: "join"; attempt: number }
  | { type: "arm"; timer: TimerName; delayMs: number }
  /** Without a name: all of them. */
  | { type: "disarm"; timer?: TimerName }
  | { type: "relay-head" }
  | { type: "end-client" }
  /** No byte reached the client: gotap answers for itself. */
  | { type: "answer"; failure: Failure }
  /** Bytes reached the client: the stream must not look complete. */
  | { type: "reset-client"; failure: Failure }
  | { type: "finish"; failure?: Failure };
