import { copyFile, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import {
  isAlive,
  parseStat,
  processChain,
  readEnviron,
  readProcess,
  readStat,
} from "../../src/evidence/process-info.js";
import { started, startedNode } from "./child.js";
import { onLinux } from "./linux.js";

const NO_PID = 2 ** 22 + 1; // above the kernel's largest pid

describe("parseStat", () => {
  const rest = `S 42 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 1`;
  it.each(["go", "a b", ") S 1 (x", "((", "tmux: server", ""])(
    "reads a process called %j",
    (comm) => {
      expect(parseStat(`4321 (${comm}) ${rest}\n`)).toEqual({
        pid: 4321,
        comm,
        state: "S",
        ppid: 42,
        startTicks: 98_765,
      });
    },
  );

  it.each(["", "no parentheses", "12 (cut", "12 (go) S 1", "x (go) S y"])(
    "gives up on %j",
    (text) => {
      expect(parseStat(text)).toBeUndefined();
    },
  );
});

describe.runIf(onLinux)("readProcess", () => {
  it("shows a process whose name is made to confuse", async () => {
    const folder = await realpath(
      await mkdtemp(join(tmpdir(), "gotap-process-")),
    );
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const exe = join(folder, "a) S 1 (b");
    await copyFile("/bin/sh", exe);
    const { pid } = await started(
      exe,
      ["-c", "echo; read x", "sh", "", "e f"],
      {
        cwd: folder,
      },
    );
    const found = readProcess(pid);
    expect(found).toEqual({
      pid,
      ppid: process.pid,
      startTicks: expect.any(Number) as number,
      comm: "a) S 1 (b",
      exe,
      argv: [exe, "-c", "echo; read x", "sh", "", "e f"],
      cwd: folder,
      uid: process.getuid?.(),
    });
    await rm(exe);
    expect(readProcess(pid)?.exe).toBe(exe);
  });

  it("is undefined for a process that is not there", async () => {
    expect(readProcess(NO_PID)).toBeUndefined();
    expect(readEnviron(NO_PID)).toBeUndefined();
    expect(processChain(NO_PID)).toEqual([]);
  });
});

describe.runIf(onLinux)("processChain", () => {
  it("goes from the process up to the one asked for", async () => {
    const { pid, line } = await started("/bin/sh", [
      "-c",
      "sh -c 'echo $$; read x; :'; :",
    ]);
    const chain = processChain(Number(line), process.pid);
    expect(chain.map((each) => each.pid)).toEqual([
      Number(line),
      pid,
      process.pid,
    ]);
  });

  it("goes up to the first process where none is named", async () => {
    const chain = processChain(process.pid);
    expect(chain[0]?.pid).toBe(process.pid);
    expect(chain.at(-1)?.ppid).toBe(0);
    const starts = chain.map((each) => each.startTicks);
    expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  });
});

describe.runIf(onLinux)("readEnviron", () => {
  it("is what the process was started with", async () => {
    const { pid } = await startedNode(
      `process.env.LATER = "1"; console.log(); setInterval(() => {}, 1e6)`,
      { env: { A: "1=2", EMPTY: "", LINES: "a\nb" } },
    );
    expect(readEnviron(pid)).toEqual({
      A: "1=2",
      EMPTY: "",
      LINES: "a\nb",
    });
  });
});

describe.runIf(onLinux)("isAlive", () => {
  it("knows a process from another that had its pid", async () => {
    const own = readStat(process.pid);
    const startTicks = own?.startTicks ?? 0;
    expect(isAlive({ pid: process.pid, startTicks })).toBe(true);
    expect(isAlive({ pid: process.pid, startTicks: startTicks - 1 })).toBe(
      false,
    );
    expect(isAlive({ pid: NO_PID, startTicks })).toBe(false);
  });

  it("takes a zombie for dead", async () => {
    // The shell starts a child and turns into sleep, which never looks after it.
    const { pid: parent, line } = await started("/bin/sh", [
      "-c",
      "sleep 1000 & echo $!; exec sleep 1000",
    ]);
    const pid = Number(line);
    await expect
      .poll(async () => readStat(parent)?.comm, { timeout: 10_000 })
      .toBe("sleep");
    process.kill(pid, "SIGKILL");
    await expect
      .poll(async () => readStat(pid)?.state, { timeout: 10_000 })
      .toBe("Z");
    const startTicks = readStat(pid)?.startTicks ?? 0;
    expect(isAlive({ pid, startTicks })).toBe(false);
  });
});
