import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { findDaemons, socketFileOf } from "../../src/control/find-daemons.js";
import { startControlServer } from "../../src/control/server.js";
import { sampleHandlers, sampleStatus } from "./sample-handlers.js";

let root: string;
let runtime: string;
let close: (() => Promise<void>)[];
let children: ChildProcess[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gotap-find-"));
  runtime = join(root, "run");
  close = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(close.map((one) => one()));
  rmSync(root, { recursive: true, force: true });
});

async function serve(pid: number, startedAt: string) {
  const server = await startControlServer({
    socketFile: socketFileOf(runtime, pid),
    handlers: sampleHandlers({
      status: () => sampleStatus({ pid, startedAt }),
    }),
    version: "1.2.3",
  });
  close.push(() => server.close());
}

/** A process that listens on the socket and never answers. */
async function silentListener(): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      "-e",
      `require("node:net").createServer(() => {}).listen(process.argv[1] + "/" + process.pid + ".sock", () => console.log("up"))`,
      runtime,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, "data");
  return child;
}

describe("findDaemons", () => {
  it("finds every one that answers, the oldest first", async () => {
    await serve(999_999_001, "2026-01-02T00:00:00.000Z");
    await serve(999_999_002, "2026-01-01T00:00:00.000Z");
    writeFileSync(join(runtime, "notes.txt"), "not ours");
    const found = await findDaemons(runtime);
    expect(found.map((info) => info.pid)).toEqual([999_999_002, 999_999_001]);
    expect(found[0]?.status?.listen[0]).toBe("127.0.0.1:9090");
  });

  it("names one that is silent, and removes its socket once it was killed", async () => {
    mkdirSync(runtime, { mode: 0o700 });
    const child = await silentListener();
    const pid = child.pid ?? 0;
    expect(await findDaemons(runtime)).toEqual([
      { pid, socketFile: socketFileOf(runtime, pid) },
    ]);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(socketFileOf(runtime, pid))).toBe(true);
    expect(await findDaemons(runtime)).toEqual([]);
    expect(existsSync(socketFileOf(runtime, pid))).toBe(false);
  });

  it("leaves the refused socket of a number that lives", async () => {
    mkdirSync(runtime, { mode: 0o700 });
    const file = socketFileOf(runtime, process.pid);
    writeFileSync(file, "");
    expect(await findDaemons(runtime)).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });

  it("finds nothing in a folder that is missing or open to others", async () => {
    expect(await findDaemons(join(root, "gone"))).toEqual([]);
    await serve(999_999_001, "2026-01-02T00:00:00.000Z");
    chmodSync(runtime, 0o777);
    expect(await findDaemons(runtime)).toEqual([]);
    chmodSync(runtime, 0o700);
  });
});
