import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { openReader } from "../../src/store/reader.js";
import { openSqliteStore } from "../../src/store/sqlite-store.js";
import { killAll, startChild } from "../support/child.js";
import type { RunningChild } from "../support/child.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";
import { waitFor } from "../support/wait-for.js";
import { transpile } from "./transpiled.js";

const EACH = 400;

/** Writes a run with one session and EACH exchanges, one transaction each, then waits; the last exchange stays open. */
const WRITER = `
import { openSqliteStore } from STORE;
const [file, id] = process.argv.slice(2);
const store = openSqliteStore(file);
const anchor = { atMs: 0, unixNano: String(BigInt(Date.now()) * 1000000n) };
const ids = { runId: id + "0000000000", traceId: id.repeat(5) + "00" };
store.write([
  { type: "run", ...ids, spanId: "a".repeat(16), command: ["make"], cwd: "/", pid: 1, anchor, startedAtMs: 0 },
  { type: "session", ...ids, sessionId: id + "0000000001", spanId: "b".repeat(16), command: "go vet", anchor, startedAtMs: 1 },
]);
for (let i = 0; i < EACH; i++)
  store.write([{
    type: "exchange", exchangeId: id + String(i).padStart(6, "0"), sessionId: id + "0000000001",
    via: "connect", connectionId: 1, protocol: "2", method: "GET", scheme: "https", host: "goproxy.cn", port: 443,
    target: "/x", request: { kind: "other", template: "x" }, startedAtMs: i + 1, requestBytes: 0, responseBytes: 10,
    attempts: [], ...(i === EACH - 1 ? {} : { endedAtMs: i + 1.5, status: 200 }),
  }]);
process.stdout.write("written");
process.stdin.resume();
setInterval(() => {}, 1000);
`;

let folder: string;
let script: string;
let made = 0;
beforeAll(() => {
  folder = makeFolder("writers");
  const entry = transpile(folder, true);
  script = join(folder, "writer.mjs");
  writeFileSync(
    script,
    WRITER.replace(
      "STORE",
      JSON.stringify(entry("store/sqlite-store.js").href),
    ).replaceAll("EACH", String(EACH)),
  );
});
afterEach(killAll);
afterAll(() => removeFolder(folder));

function newFile(): string {
  return join(folder, `store-${made++}`, "traces.db");
}

function start(file: string, id: string): RunningChild {
  return startChild(process.execPath, [script, file, id], { env: process.env });
}

async function written(...children: RunningChild[]): Promise<void> {
  for (const child of children)
    await waitFor(`a writer's end (${child.stderr()})`, () =>
      child.stdout().includes("written"),
    );
}

describe("several processes with one store", () => {
  it("make it and write it at the same time without losing a record", async () => {
    const file = newFile();
    const children = ["aaaaaa", "bbbbbb", "cccccc"].map((id) =>
      start(file, id),
    );
    await written(...children);
    const reader = openReader(file);
    const rows = reader.rows({ nowUnixMs: Date.now() });
    expect(rows.map(({ requests, open }) => [requests, open])).toEqual(
      children.map(() => [EACH, 1]),
    );
    reader.close();
  });
});

describe("a writer that was killed", () => {
  it("leaves a whole store, and its session is closed as lost by the next writer", async () => {
    const file = newFile();
    const [dead, alive] = [start(file, "dddddd"), start(file, "eeeeee")];
    await written(dead, alive);
    dead.kill();
    await dead.done;

    const store = openSqliteStore(file);
    const lost = store.trace({ sessionId: "dddddd0000000001" });
    expect(lost?.sessions[0]).toMatchObject({ lost: true, endedAtMs: EACH });
    // The run lasted as long as its session did.
    expect(lost?.run?.endedAtMs).toBe(EACH);
    expect(lost?.exchanges).toHaveLength(EACH);
    expect(lost?.exchanges.at(-1)?.endedAtMs).toBeUndefined();

    const other = store.trace({ sessionId: "eeeeee0000000001" });
    expect(other?.sessions[0]?.endedAtMs).toBeUndefined();
    expect(other?.run?.endedAtMs).toBeUndefined();
    store.close();
  });

  it("is noticed by a reader alone", async () => {
    const file = newFile();
    const child = start(file, "ffffff");
    await written(child);
    const before = openReader(file);
    expect(before.rows({ nowUnixMs: Date.now() })[0]?.open).toBe(1);
    before.close();
    child.kill();
    await child.done;
    const reader = openReader(file);
    const trace = reader.read(reader.resolve("last"));
    expect(trace.sessions[0]?.lost).toBe(true);
    expect(reader.rows({ nowUnixMs: Date.now() })[0]?.open).toBe(0);
    reader.close();
  });

  it("in the middle of its writing costs at most what it was writing", async () => {
    const file = newFile();
    const child = start(file, "abcdef");
    await waitFor("some rows", () => {
      const reader = openReader(file);
      try {
        return (reader.rows({ nowUnixMs: 0 })[0]?.requests ?? 0) > 20;
      } finally {
        reader.close();
      }
    });
    child.kill();
    await child.done;
    const store = openSqliteStore(file);
    const trace = store.trace({ sessionId: "abcdef0000000001" });
    const stored = trace?.exchanges ?? [];
    expect(stored.length).toBeGreaterThan(20);
    expect(stored.map(({ startedAtMs }) => startedAtMs)).toEqual(
      stored.map((_, index) => index + 1),
    );
    store.close();
  });
});
