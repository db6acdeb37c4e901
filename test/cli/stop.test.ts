import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/stop.js";
import { DaemonStandIn } from "./daemon-stand-in.js";
import { runCommand } from "./run-command.js";

let daemon: DaemonStandIn;
let child: ChildProcess | undefined;
beforeEach(() => {
  daemon = new DaemonStandIn();
});
afterEach(async () => {
  child?.kill("SIGKILL");
  child = undefined;
  await daemon.close();
});

const run = (...args: string[]) =>
  runCommand(define, args, { env: daemon.env });

/** A process to be ended, and the control socket that ends it. */
async function startStoppable(
  stop: (child: ChildProcess, timeoutMs: number) => void,
): Promise<number> {
  const started = spawn(
    process.execPath,
    ["-e", "console.log('up'); setInterval(() => {}, 1000)"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  child = started;
  if (started.stdout !== null) await once(started.stdout, "data");
  const pid = started.pid ?? 0;
  await daemon.start(
    pid,
    {},
    { stop: (timeoutMs) => stop(started, timeoutMs) },
  );
  return pid;
}

describe("gotap stop", () => {
  it("says that none runs, and fails", async () => {
    expect((await run()).error).toMatchObject({
      code: "NO_DAEMON",
      exitCode: 1,
    });
  });

  it("hands the time to drain over, and returns when the process is gone", async () => {
    let givenMs: number | undefined;
    const pid = await startStoppable((started, timeoutMs) => {
      givenMs = timeoutMs;
      setTimeout(() => started.kill(), 50);
    });
    const { stdout, error } = await run("--timeout", "1m30s", "--json");
    expect(error).toBeUndefined();
    expect(givenMs).toBe(90_000);
    expect(JSON.parse(stdout)).toMatchObject({ stopped: true, pid });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("drains for 10 s where nothing is said", async () => {
    let givenMs: number | undefined;
    await startStoppable((started, timeoutMs) => {
      givenMs = timeoutMs;
      started.kill();
    });
    const { stdout } = await run();
    expect(stdout).toContain("stopped the daemon on 127.0.0.1:9090");
    expect(givenMs).toBe(10_000);
  });

  it("asks which of several, and stops the one that is named", async () => {
    await daemon.start(999_999_001);
    const pid = await startStoppable((started) => started.kill());
    const several = await run();
    expect(several.error).toMatchObject({ code: "SEVERAL_DAEMONS" });
    expect((await run("--pid", String(pid))).error).toBeUndefined();
  });

  it("refuses what is no duration", async () => {
    expect((await run("--timeout", "10")).error).toMatchObject({
      code: "TIMEOUT",
      exitCode: 2,
    });
  });
});
