import { once } from "node:events";

import { describe, expect, it } from "vitest";

import type { Clock } from "../../src/model/clock.js";
import { readStat } from "../../src/evidence/process-info.js";
import { watchExit } from "../../src/evidence/process-watch.js";
import { startedNode } from "./child.js";
import { onLinux } from "./linux.js";

/** Fires when told to; counts the timers that were asked for. */
class SteppedClock implements Clock {
  readonly delays: number[] = [];
  #pending: (() => void)[] = [];

  nowMs(): number {
    return 0;
  }

  nowUnixNano(): bigint {
    return 0n;
  }

  after(delayMs: number, fire: () => void) {
    this.delays.push(delayMs);
    this.#pending.push(fire);
    return { cancel() {} };
  }

  get pending(): number {
    return this.#pending.length;
  }

  step(): void {
    for (const fire of this.#pending.splice(0)) fire();
  }
}

async function running() {
  const { child, pid } = await startedNode(
    "console.log(); setInterval(() => {}, 1e6)",
  );
  const startTicks = readStat(pid)?.startTicks ?? 0;
  const end = async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  return { key: { pid, startTicks }, end };
}

/** Steps until a new timer is asked for, or none is left to ask. */
async function stepped(clock: SteppedClock, settled: () => boolean) {
  clock.step();
  await expect.poll(settled, { timeout: 10_000 }).toBe(true);
}

describe.runIf(onLinux)("watchExit", () => {
  it("tells the end of each process once, with one timer for all", async () => {
    const clock = new SteppedClock();
    const [one, two] = [await running(), await running()];
    const ended: string[] = [];
    watchExit(one.key, clock, () => ended.push("one"));
    watchExit(two.key, clock, () => ended.push("two"));
    expect(clock.delays).toEqual([250]);
    await stepped(clock, () => clock.pending === 1);
    expect(ended).toEqual([]);
    await two.end();
    await stepped(clock, () => clock.pending === 1);
    expect(ended).toEqual(["two"]);
    await one.end();
    await stepped(clock, () => ended.length === 2);
    expect(ended).toEqual(["two", "one"]);
    expect(clock.pending).toBe(0);
  });

  it("says nothing after it was cancelled", async () => {
    const clock = new SteppedClock();
    const { key, end } = await running();
    const ended: string[] = [];
    const watch = watchExit(key, clock, () => ended.push("cancelled"));
    watchExit({ pid: 2 ** 22 + 1, startTicks: 1 }, clock, () =>
      ended.push("was never there"),
    );
    watch.cancel();
    await end();
    await stepped(clock, () => ended.length > 0);
    expect(ended).toEqual(["was never there"]);
    expect(clock.pending).toBe(0);
  });

  it("begins again after a pause", async () => {
    const clock = new SteppedClock();
    const { key, end } = await running();
    let ended = 0;
    watchExit(key, clock, () => ended++).cancel();
    clock.step();
    watchExit(key, clock, () => ended++);
    await end();
    await expect.poll(() => (clock.step(), ended), { timeout: 10_000 }).toBe(1);
  });
});
