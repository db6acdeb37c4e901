import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import { failed, GIVEN_UP, type Result } from "./result.js";

export interface StepTerms {
  clock: Clock;
  /** 0: no limit. */
  limitMs: number;
  /** What a hit limit is. `limitMs` is added. */
  onLimit: Failure;
  signal: AbortSignal;
}

/**
 * Runs one step of a dial that ends in exactly one of four ways: it settles itself, its limit is hit, it is given up, or it
 * throws. Whatever comes later is ignored.
 * @param begin starts the step; what it returns is called once when the step ends, with whether it was cut short
 */
export function limitedStep<T>(
  terms: StepTerms,
  begin: (
    settle: (result: Result<T>) => void,
  ) => (cutShort: Failure | undefined) => void,
): Promise<Result<T>> {
  return new Promise((resolve) => {
    if (terms.signal.aborted) {
      resolve(failed(GIVEN_UP));
      return;
    }
    let done = false;
    let cleanUp: ((cutShort: Failure | undefined) => void) | undefined;
    const finish = (result: Result<T>, cutShort?: Failure): void => {
      if (done) return;
      done = true;
      timer?.cancel();
      terms.signal.removeEventListener("abort", giveUp);
      cleanUp?.(cutShort);
      resolve(result);
    };
    const giveUp = (): void => {
      finish(failed(GIVEN_UP), GIVEN_UP);
    };
    const { limitMs } = terms;
    const timer =
      limitMs > 0
        ? terms.clock.after(limitMs, () => {
            const failure = { ...terms.onLimit, limitMs };
            finish(failed(failure), failure);
          })
        : undefined;
    terms.signal.addEventListener("abort", giveUp, { once: true });
    cleanUp = begin((result) => {
      finish(result);
    });
    // The step may have settled inside `begin`, before there was anything to clean up.
    if (done) cleanUp(undefined);
  });
}
