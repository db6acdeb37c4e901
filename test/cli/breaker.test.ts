import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/breaker.js";
import { sampleBreaker } from "../control/sample-handlers.js";
import { DaemonStandIn } from "./daemon-stand-in.js";
import { runCommand } from "./run-command.js";

const FIRST = 999_999_001;
const SECOND = 999_999_002;

let daemon: DaemonStandIn;
beforeEach(() => {
  daemon = new DaemonStandIn();
});
afterEach(() => daemon.close());

const run = (...args: string[]) =>
  runCommand(define, args, { env: daemon.env });

const open = sampleBreaker({
  name: "goproxy.io:443 sumdb via socks",
  state: "open",
  failures_in_row: 5,
  retry_after_ms: 12_400,
  rule: "breaker.failures",
  cause: "5 failed requests in a row, the last: reset \u001B[2J",
  health: "unhealthy",
});

/** Two processes: a daemon with two breakers and a run with one. */
async function two(asked: string[] = []): Promise<void> {
  const handlers = (pid: number) => ({
    openBreaker: (name: string) => {
      asked.push(`${pid} open ${name}`);
      return sampleBreaker({ name, state: "open" as const, forced: true });
    },
    closeBreaker: (name: string) => {
      asked.push(`${pid} close ${name}`);
      return sampleBreaker({ name });
    },
    resetBreakers: () => {
      asked.push(`${pid} reset`);
      return [sampleBreaker()];
    },
  });
  await daemon.start(
    FIRST,
    {},
    { ...handlers(FIRST), breakers: () => [sampleBreaker(), open] },
  );
  await daemon.start(
    SECOND,
    { kind: "run", startedAt: "2026-02-01T00:00:00.000Z" },
    handlers(SECOND),
  );
}

describe("gotap breaker", () => {
  it("says that none runs, and fails", async () => {
    for (const args of [[], ["open", "x"], ["close", "x"], ["reset"]])
      expect((await run(...args)).error).toMatchObject({
        code: "NO_DAEMON",
        exitCode: 1,
      });
  });

  it("lists every breaker of every daemon and run", async () => {
    await two();
    const { stdout, exitCode } = await run();
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/PID +BREAKER +STATE +SINCE/);
    expect(lines[1]).toMatch(/999999001 +goproxy.cn:443 modules +closed/);
    expect(lines[2]).toMatch(
      /goproxy.io:443 sumdb via socks +open .* 5 +unhealthy +in 12.4 s +breaker.failures: 5 failed requests in a row/,
    );
    expect(lines[3]).toContain("999999002");
    expect(stdout).not.toContain("\u001B");
    expect(exitCode).toBe(0);
    expect((await run("list", "--pid", String(SECOND))).stdout).not.toContain(
      "goproxy.io",
    );
  });

  it("says once that it was done by hand, and cuts nothing where it is piped", async () => {
    const long = `5 failed requests in a row, the last: ${"no ".repeat(80)}end`;
    const byHand = sampleBreaker({
      name: "goproxy.cn:443 list",
      state: "open",
      forced: true,
      rule: "by hand",
      cause: "opened by hand",
    });
    await daemon.start(
      FIRST,
      {},
      { breakers: () => [byHand, { ...open, cause: long }] },
    );
    const { stdout } = await run("list");
    expect(stdout).toMatch(/ opened by hand\n/);
    expect(stdout).not.toContain("by hand: ");
    expect(stdout).toContain(long);
  });

  it("--json is one snapshot a line, with the daemon's pid", async () => {
    await two();
    const { stdout } = await run("--json");
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { daemon: FIRST, ...sampleBreaker() },
      { daemon: FIRST, ...open },
      { daemon: SECOND, ...sampleBreaker() },
    ]);
  });

  it("says that there is none yet, which is no failure", async () => {
    await daemon.start(FIRST, {}, { breakers: () => [] });
    const { stdout, stderr, exitCode } = await run("list");
    expect([stdout, exitCode]).toEqual(["", 0]);
    expect(stderr).toContain("no upstream has a breaker yet");
    expect((await run("--json")).stdout).toBe("");
  });

  it("opens and closes the one that is meant, where it is", async () => {
    const asked: string[] = [];
    await two(asked);
    const { stdout } = await run("open", "goproxy.io", "sumdb");
    expect(stdout).toBe(
      "goproxy.io:443 sumdb via socks is open: nothing goes there until gotap breaker close goproxy.io:443 sumdb via socks\n",
    );
    const closed = await run("close", open.name, "--json");
    expect(JSON.parse(closed.stdout)).toMatchObject({
      daemon: FIRST,
      name: open.name,
      state: "closed",
    });
    expect(asked).toEqual([
      `${FIRST} open ${open.name}`,
      `${FIRST} close ${open.name}`,
    ]);
  });

  it("asks for --pid where several have it, and takes it", async () => {
    const asked: string[] = [];
    await two(asked);
    const { error } = await run("open", "goproxy.cn modules");
    expect(error).toMatchObject({
      code: "SEVERAL_DAEMONS",
      message: expect.stringContaining("--pid 999999002  run on") as string,
    });
    await run("open", "goproxy.cn modules", "--pid", String(SECOND));
    expect(asked).toEqual([`${SECOND} open goproxy.cn:443 modules`]);
  });

  it("names the nearest for a name that is none", async () => {
    await two();
    expect((await run("close", "goproxy.cm:443 modules")).error).toMatchObject({
      code: "NO_BREAKER",
      hint: 'did you mean "goproxy.cn:443 modules"?',
    });
  });

  it("resets all of all, or of one", async () => {
    const asked: string[] = [];
    await two(asked);
    const { stdout } = await run("reset");
    expect(stdout).toContain("closed");
    expect(asked.toSorted()).toEqual([`${FIRST} reset`, `${SECOND} reset`]);
    await run("reset", "--pid", String(SECOND));
    expect(asked).toHaveLength(3);
  });
});
