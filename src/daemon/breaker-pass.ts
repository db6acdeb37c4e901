import type { AttemptVerdict, Pass } from "../model/breaker.js";
import type { Failure } from "../model/failure.js";
import { type Blame, blameFor } from "../policy/breaker-blame.js";
import type { Ticket } from "../policy/breaker-state.js";
import { duration } from "../policy/failure-sentence.js";
import type { BreakerEntry } from "./breaker-entry.js";

type Outcome = "succeeded" | "failed" | "neither";

interface Verdict {
  outcome: Outcome;
  cause?: string;
  retryAfterMs?: number;
}

/** A connection that is lost fails all its streams at once, and was one misfortune. */
const TAKES_ALL_STREAMS: ReadonlySet<Failure["kind"]> = new Set([
  "reset",
  "goaway",
  "truncated",
]);

/** For what no breaker applies to. */
export const FREE_PASS: Pass = { reached() {}, answered() {}, ended() {} };

/** What one attempt says to the breakers that let it in: that of its way, where it has one, and that of its origin. */
export class BreakerPass implements Pass {
  readonly #way: HeldTicket | undefined;
  readonly #origin: HeldTicket;

  /** Enters both: `waitMs` of each was 0. */
  constructor(
    way: BreakerEntry | undefined,
    origin: BreakerEntry,
    exchangeId: string,
  ) {
    this.#way = way && new HeldTicket(way, exchangeId);
    this.#origin = new HeldTicket(origin, exchangeId);
  }

  reached(): void {
    this.#way?.end({ outcome: "succeeded" });
  }

  answered(): void {
    this.reached();
    this.#origin.answered();
  }

  ended(verdict: AttemptVerdict): void {
    if (verdict.type !== "failed") {
      // An answer came through, whatever it says. Of one that was cancelled nobody knows.
      if (verdict.type !== "neither") this.reached();
      this.#way?.end({ outcome: "neither" });
      this.#origin.end(verdictOf(verdict));
      return;
    }
    const { connectionId, failure } = verdict;
    const blame = blameFor(failure, this.#way === undefined);
    this.#way?.end(ofWay(failure, blame));
    const lost =
      connectionId !== undefined && TAKES_ALL_STREAMS.has(failure.kind)
        ? `connection ${connectionId}`
        : undefined;
    this.#origin.end(
      blame.origin ? failed(failure) : { outcome: "neither" },
      lost,
    );
  }
}

class HeldTicket {
  #ticket: Ticket;
  #isOver = false;

  constructor(
    private readonly entry: BreakerEntry,
    private readonly exchangeId: string,
  ) {
    this.#ticket = entry.enter();
  }

  answered(): void {
    if (this.#isOver || !this.#ticket.isProbe) return;
    this.entry.apply({ type: "answered", ticket: this.#ticket });
    this.#ticket = { ...this.#ticket, isProbe: false };
  }

  /** The first verdict counts. */
  end(verdict: Verdict, countsAs = this.exchangeId): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const ticket = this.#ticket;
    this.entry.apply({ type: "ended", ticket, countsAs, ...verdict });
  }
}

function verdictOf(
  verdict: Exclude<AttemptVerdict, { type: "failed" }>,
): Verdict {
  if (verdict.type !== "refused") return { outcome: verdict.type };
  const { status, retryAfterMs } = verdict;
  return {
    outcome: "failed",
    cause: `it answered ${status}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function ofWay(failure: Failure, blame: Blame): Verdict {
  if (blame.way) return failed(failure);
  // It spoke CONNECT or SOCKS as it should.
  const outcome = failure.kind === "proxy-refused" ? "succeeded" : "neither";
  return { outcome };
}

function failed({ kind, cause, code, limitMs }: Failure): Verdict {
  const after = limitMs === undefined ? "" : ` after ${duration(limitMs)}`;
  const said = cause ?? code;
  return {
    outcome: "failed",
    cause: `${kind}${after}${said === undefined ? "" : ` (${said})`}`,
  };
}
