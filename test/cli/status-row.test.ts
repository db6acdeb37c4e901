import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";

import { openStatusRow, type StatusRow } from "../../src/cli/status-row.js";

// What a terminal makes of it is tested in a real one: test/go/terminal.test.ts.
let row: StatusRow | undefined;
afterEach(() => row?.close());

function terminal(shape: { rows?: number; isTTY?: boolean } = {}) {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    rows: 24,
    columns: 80,
    ...shape,
  });
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    written: () => String((stream.read() as Buffer | null) ?? ""),
  };
}

describe("openStatusRow", () => {
  it.each([
    ["a pipe", { isTTY: false }, {}],
    ["TERM=dumb", {}, { TERM: "dumb" }],
    ["CI", {}, { CI: "true" }],
    ["four rows", { rows: 4 }, {}],
    ["a terminal that does not know its size", { rows: 0 }, {}],
  ])("none for %s", (_name, shape, env) => {
    expect(openStatusRow(terminal(shape).stream, env)).toBeUndefined();
  });

  it("writes nothing before there is something to show, and only what is new", () => {
    const { stream, written } = terminal();
    row = openStatusRow(stream, {});
    expect(written()).toBe("");
    row?.show("one");
    const text = written();
    expect(text).toContain("\u001b[1;23r");
    expect(text).toContain("\u001b[24;1H\u001b[2Kone");
    row?.show("one");
    expect(written()).toBe("");
  });

  it("close gives the row back once, and forgets every listener", () => {
    const { stream, written } = terminal();
    const before = ["SIGTSTP", "SIGCONT", "exit"].map((name) =>
      process.listenerCount(name),
    );
    row = openStatusRow(stream, {});
    row?.show("one");
    written();
    row?.close();
    expect(written()).toContain("\u001b[r\u001b[24;1H\u001b[2K");
    row?.close();
    row?.show("late");
    expect(written()).toBe("");
    expect(stream.listenerCount("resize")).toBe(0);
    expect(
      ["SIGTSTP", "SIGCONT", "exit"].map((name) => process.listenerCount(name)),
    ).toEqual(before);
  });
});
