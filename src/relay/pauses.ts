import type { ExchangeRecord, WaitRecord } from "../model/record.js";
import type { Station } from "../model/source.js";
import type { RelayOptions, Route } from "./options.js";
import { Timers } from "./timers.js";

/** The pauses between an exchange's attempts: one at a time, each noted in its record. */
export class Pauses {
  private readonly timers: Timers<"pause">;

  constructor(
    private readonly options: RelayOptions,
    private readonly record: ExchangeRecord,
    private readonly changed: () => void,
  ) {
    this.timers = new Timers(options.clock);
  }

  /**
   * Waits for the backoff, or for what the server asked for, and then until the retry budget lets the try through.
   * @param over called once, at once where there is nothing to wait for; not after `end`
   */
  begin(
    station: Station,
    retry: Route["retry"],
    {
      tries,
      retryAfterMs,
      orElse,
    }: { tries: number; retryAfterMs?: number; orElse?: number },
    over: (station?: number) => void,
  ): void {
    const { clock, rules } = this.options;
    let askedAtMs: number | undefined;
    const paid = (): void => {
      askedAtMs ??= clock.nowMs();
      const waitMs = rules.askRetry(station, retry, askedAtMs);
      if (waitMs <= 0) over();
      else if (orElse === undefined) this.wait(waitMs, "budget", paid);
      else over(orElse);
    };
    const backoffMs = rules.backoff(retry, tries);
    const isAsked = retryAfterMs !== undefined && retryAfterMs > backoffMs;
    this.wait(
      isAsked ? retryAfterMs : backoffMs,
      isAsked ? "retry-after" : "backoff",
      paid,
    );
  }

  end(): void {
    this.timers.cancel();
    const wait = this.record.waits?.at(-1);
    if (wait !== undefined) wait.endedAtMs ??= this.options.clock.nowMs();
  }

  private wait(
    delayMs: number,
    why: WaitRecord["why"],
    over: () => void,
  ): void {
    if (delayMs <= 0) return over();
    this.note(why);
    this.changed();
    this.timers.set("pause", delayMs, () => {
      this.end();
      over();
    });
  }

  /** Asked again and again, the budget's is one pause. */
  private note(why: WaitRecord["why"]): void {
    const before = this.record.attempts.length;
    this.record.waits ??= [];
    const last = this.record.waits.at(-1);
    if (why === "budget" && last?.why === why && last.before === before)
      delete last.endedAtMs;
    else
      this.record.waits.push({
        startedAtMs: this.options.clock.nowMs(),
        why,
        before,
      });
  }
}
