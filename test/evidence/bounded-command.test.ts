import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { runBounded } from "../../src/evidence/bounded-command.js";
import { readStat } from "../../src/evidence/process-info.js";
import { onLinux } from "./linux.js";

const base = {
  file: "/bin/sh",
  cwd: "/",
  env: { PATH: process.env["PATH"] },
  timeoutMs: 20_000,
  maxBytes: 1000,
};

async function sh(script: string, more: Partial<typeof base> = {}) {
  return runBounded({ ...base, args: ["-c", script], ...more });
}

describe.runIf(onLinux)("runBounded", () => {
  it("gives both outputs and the exit code", async () => {
    expect(await sh("echo out; echo err >&2; exit 3")).toEqual({
      ok: true,
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("has no standard input that anybody could wait for", async () => {
    expect(await sh("read x; echo $?")).toMatchObject({ stdout: "1\n" });
  });

  it("kills the whole group when the time is over", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gotap-bounded-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const result = await sh("sleep 1000 & echo $! > pid; wait", {
      cwd: folder,
      timeoutMs: 500,
    });
    expect(result).toMatchObject({ ok: false, reason: "timeout" });
    const pid = Number(await readFile(join(folder, "pid"), "utf8"));
    expect(pid).toBeGreaterThan(1);
    await expect
      .poll(async () => readStat(pid)?.state ?? "Z", {
        timeout: 10_000,
      })
      .toBe("Z");
  });

  it("stops what prints too much", async () => {
    expect(await sh("while :; do echo xxxxxxxxxxxxxxxx; done")).toMatchObject({
      ok: false,
      reason: "too-much-output",
    });
  });

  it("can be aborted, before and while it runs", async () => {
    const controller = new AbortController();
    const args = ["-c", "echo; sleep 1000"];
    const running = runBounded({ ...base, args, signal: controller.signal });
    controller.abort();
    expect(await running).toMatchObject({ ok: false, reason: "aborted" });
    expect(
      await runBounded({ ...base, args, signal: controller.signal }),
    ).toMatchObject({ ok: false, reason: "aborted" });
  });

  it.each([
    ["a missing program", { file: "/nonexistent/go" }],
    ["a missing folder", { cwd: "/nonexistent" }],
    ["an argument that cannot be passed", { cwd: "/a\0b" }],
    ["an environment that cannot be passed", { env: { PATH: "a\0b" } }],
  ])("returns %s as a failure", async (_what, more) => {
    expect(await sh("echo", more)).toMatchObject({
      ok: false,
      reason: "not-started",
    });
  });
});
