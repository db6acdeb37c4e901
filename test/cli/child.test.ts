import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { startChild } from "../../src/cli/child.js";
import { waitFor } from "../support/wait-for.js";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "gotap-child-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const start = (...command: string[]) =>
  startChild(command, { env: { PATH: process.env["PATH"] }, cwd });

describe("startChild", () => {
  it.each([
    ["exit 0", { exitCode: 0 }],
    ["exit 255", { exitCode: 255 }],
    ["kill -KILL $$", { exitCode: 137, signal: "SIGKILL" }],
    ["kill -INT $$", { exitCode: 130, signal: "SIGINT" }],
  ])("%s", async (script, end) => {
    expect(await (await start("sh", "-c", script)).ended).toEqual(end);
  });

  it("has the environment and the folder it is given", async () => {
    const child = await startChild(["sh", "-c", "env > all; exit"], {
      env: { PATH: process.env["PATH"], ONLY: "this" },
      cwd,
    });
    await child.ended;
    const all = readFileSync(join(cwd, "all"), "utf8");
    expect(all).toContain("ONLY=this\n");
    expect(all).not.toContain("VITEST");
  });

  it("127: not found; 126: found, and no program; 125: nothing to start", async () => {
    await expect(start("gotap-no-such-program")).rejects.toMatchObject({
      shellExitCode: 127,
      message: expect.stringContaining("gotap-no-such-program") as string,
    });
    writeFileSync(join(cwd, "text"), "no program\n", { mode: 0o644 });
    await expect(start("./text")).rejects.toMatchObject({ shellExitCode: 126 });
    await expect(start(cwd)).rejects.toMatchObject({ shellExitCode: 126 });
    await expect(start()).rejects.toMatchObject({ shellExitCode: 125 });
  });

  it.each(["SIGTERM", "SIGUSR1", "SIGHUP"] as const)(
    "%s to this process reaches the child, and is its own again afterwards",
    async (signal) => {
      const before = process.listenerCount(signal);
      const script = `trap 'exit 9' ${signal.slice(3)}; : > up; while :; do sleep 0.02; done`;
      const child = await start("sh", "-c", script);
      await waitFor("the trap", () => existsSync(join(cwd, "up")));
      process.emit(signal, signal);
      expect(await child.ended).toEqual({ exitCode: 9 });
      expect(process.listenerCount(signal)).toBe(before);
    },
  );

  it("a signal that comes too late is no error", async () => {
    const child = await start("true");
    await child.ended;
    expect(() => child.kill("SIGTERM")).not.toThrow();
  });
});
