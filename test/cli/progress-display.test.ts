import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";

import type { CliContext } from "../../src/cli/context.js";
import { showProgress } from "../../src/cli/progress-display.js";
import type { ObserverRecord } from "../../src/model/record.js";
import { FakeClock } from "../support/fake-clock.js";
import { sampleExchange } from "../support/sample-trace.js";

function scene(isTTY: boolean) {
  const stderr = new PassThrough();
  const context = {
    stderr: Object.assign(stderr, { isTTY, rows: 24, columns: 80 }),
    env: { LC_ALL: "C.UTF-8" },
  } as unknown as CliContext;
  const listeners = new Set<(record: ObserverRecord) => void>();
  const clock = new FakeClock();
  const display = showProgress(
    {
      tap(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    context,
    clock,
  );
  return {
    clock,
    display,
    listeners,
    put: (record: ObserverRecord) => {
      for (const listener of listeners) listener(record);
    },
    written: () => String((stderr.read() as Buffer | null) ?? ""),
  };
}

describe("showProgress", () => {
  it("listens to nothing where there is no terminal", () => {
    const { listeners, display } = scene(false);
    expect(listeners.size).toBe(0);
    display.close();
  });

  it("leaves the terminal alone until something came through", () => {
    const { clock, display, put, written } = scene(true);
    clock.advance(5000);
    expect(written()).toBe("");
    put(sampleExchange({ responseBytes: 9000 }));
    clock.advance(300);
    expect(written()).toContain("1 module, 9.0 kB");
    display.close();
  });

  it("close gives back the row, the tap and the timer", () => {
    const { clock, display, listeners, put, written } = scene(true);
    put(sampleExchange());
    clock.advance(1000);
    written();
    display.close();
    expect(written()).toContain("\u001b[r");
    expect(listeners.size).toBe(0);
    clock.advance(5000);
    expect(written()).toBe("");
  });
});
