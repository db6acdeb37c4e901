import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `condition` gives something other than false or undefined, and returns it. The limit is generous on purpose:
 * a test waits for what must happen, and the limit only ends a test that would wait for ever.
 * @param what named in the error: "the daemon's ready line"
 * @throws Error naming `what` and the last error of `condition`, when `limitMs` is over
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  limitMs = 30_000,
): Promise<T> {
  const endsAtMs = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const got = await condition();
      if (got !== false && got !== undefined) return got;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endsAtMs)
      throw new Error(`waited ${limitMs} ms in vain for ${what}`, {
        cause: last,
      });
    await sleep(10);
  }
}
