import type { ExchangeRecord } from "../model/record.js";
import type { Station } from "../model/source.js";
import type { RelayOptions, Route } from "./options.js";
import { Timers } from "./timers.js";

/** The pauses between an exchange's attempts: one at a time, each noted in its record. */
export class Pauses {
  private readonly timers: Timers<"pause">;

  constructor(
    private readonly options: RelayOptions,
    private readonly record: ExchangeRecord,
  ) {
    this.timers = new Timers(options.clock);
  }

  /** @param over called once, at once where there is nothing to wait for; not after `end` */
  begin(
    station: Station,
    retry: Route["retry"],
    { tries, retryAfterMs }: { tries: number; retryAfterMs?: number },
    over: () => void,
  ): void {
    const { clock, rules } = this.options;
    const { delayMs, why } = rules.pause(station, retry, tries, retryAfterMs);
    if (delayMs <= 0) return over();
    this.record.waits ??= [];
    this.record.waits.push({
      startedAtMs: clock.nowMs(),
      why,
      before: this.record.attempts.length,
    });
    this.timers.set("pause", delayMs, () => {
      this.end();
      over();
    });
  }

  end(): void {
    this.timers.cancel();
    const wait = this.record.waits?.at(-1);
    if (wait !== undefined) wait.endedAtMs ??= this.options.clock.nowMs();
  }
}
