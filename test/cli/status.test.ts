import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { define } from "../../src/cli/status.js";
import { DaemonStandIn } from "./daemon-stand-in.js";
import { runCommand } from "./run-command.js";

let daemon: DaemonStandIn;
beforeEach(() => {
  daemon = new DaemonStandIn();
});
afterEach(() => daemon.close());

const run = (...args: string[]) =>
  runCommand(define, args, { env: daemon.env });

describe("gotap status", () => {
  it("says that none runs, and fails", async () => {
    const { stdout, error } = await run();
    expect(stdout).toBe("");
    expect(error).toMatchObject({ code: "NO_DAEMON", exitCode: 1 });
  });

  it("shows where it is, since when and what is open", async () => {
    await daemon.start(999_999_001, {
      storeState: "read-only folder",
      upstreamProxy: "corp.example:3128",
      startedAt: new Date(Date.now() - 7_300_000).toISOString(),
      sessions: [{ sessionId: "aa", command: "go \u001B[2J", open: 1 }],
    });
    const { stdout } = await run();
    expect(stdout).toContain("gotap daemon 1.2.3 (pid 999999001)");
    expect(stdout).toContain("127.0.0.1:9090, [::1]:9090");
    expect(stdout).toContain("(2h)");
    expect(stdout).toContain("in memory (read-only folder)");
    expect(stdout).toContain("corp.example:3128");
    expect(stdout).toContain("2 requests, 1 tunnel");
    expect(stdout).toContain("1 open request\n");
    expect(stdout).not.toContain("\u001B");
  });

  it("--json gives one object a line, runs too", async () => {
    await daemon.start(999_999_001);
    await daemon.start(999_999_002, {
      kind: "run",
      startedAt: "2026-02-01T00:00:00.000Z",
    });
    const { stdout } = await run("--json");
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        pid: 999_999_001,
        kind: "daemon",
        answers: true,
        store_file: null,
        open_requests: 2,
        sessions: [{ session_id: "0011223344556677", pid: null, open: 2 }],
      },
      { pid: 999_999_002, kind: "run" },
    ]);
    const one = await run("--json", "--pid", "999999002");
    expect(one.stdout.trimEnd().split("\n")).toHaveLength(1);
  });
});
