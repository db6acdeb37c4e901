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
    { tries, retryAfterMs }: { tries: number; retryAfterMs?: number },
    over: () => void,
  ): void {
    const { clock, rules } = this.options;
    const askedAtMs = clock.nowMs();
    const paid = (): void => {
      const waitMs = rules.askRetry(station, retry, askedAtMs);
      this.wait(waitMs, "budget", waitMs > 0 ? paid : over);
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
    this.record.waits ??= [];
    this.record.waits.push({
      startedAtMs: this.options.clock.nowMs(),
      why,
      before: this.record.attempts.length,
    });
    this.changed();
    this.timers.set("pause", delayMs, () => {
      this.end();
      over();
    });
  }
}
