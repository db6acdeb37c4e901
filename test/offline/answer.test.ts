import { execFileSync } from "node:child_process";
import { readlinkSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { BodySource } from "../../src/model/body.js";
import type { Failure } from "../../src/model/failure.js";
import { openOfflineAnswer } from "../../src/offline/answer.js";
import { seededBytes } from "../support/seeded-bytes.js";
import { waitFor } from "../support/wait-for.js";
import { folderOf } from "./folder.js";

const BIG = Buffer.from(seededBytes("offline", 1_000_000));

async function opened(file: string) {
  const answer = await openOfflineAnswer(file);
  if (!("body" in answer)) throw new Error(`not opened: ${answer.cause}`);
  return answer;
}

/** Reads a body and keeps everything that it calls. */
function heard(body: BodySource, onChunk: (total: number) => void = () => {}) {
  const chunks: Uint8Array[] = [];
  const ends: (Failure | "end")[] = [];
  let total = 0;
  body.start({
    data(chunk) {
      chunks.push(chunk);
      onChunk((total += chunk.byteLength));
    },
    end: () => ends.push("end"),
    failed: (failure) => ends.push(failure),
  });
  return { chunks, ends, total: () => total };
}

function isOpen(file: string): boolean {
  return readdirSync("/proc/self/fd").some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(file);
    } catch {
      return false;
    }
  });
}

describe.skipIf(process.platform !== "linux")("a file as an answer", () => {
  it("has its type and length, and its bytes", async () => {
    const folder = folderOf({ "m.zip": BIG, "v.info": "{}" });
    const file = join(folder, "m.zip");
    const { head, body } = await opened(file);
    expect(head).toEqual({
      status: 200,
      headers: [
        ["content-type", "application/zip"],
        ["content-length", "1000000"],
      ],
      contentLength: 1_000_000,
    });
    expect(isOpen(file)).toBe(true);
    const { chunks, ends } = heard(body);
    await waitFor("the end", () => ends.length > 0);
    expect(ends).toEqual(["end"]);
    expect(Buffer.concat(chunks).equals(BIG)).toBe(true);
    expect(chunks.length).toBeGreaterThan(1);
    await waitFor("the file to be closed", () => !isOpen(file));
  });

  it.each([
    ["a/@v/v1.0.0.info", "application/json"],
    ["a/v1.0.0/go.mod", "text/plain; charset=UTF-8"],
    [
      "sumdb/sum.example.org/lookup/example.com/a@v1.0.0",
      "text/plain; charset=UTF-8",
    ],
    [
      "sumdb/sum.example.org/lookup/example.com/a@v1.0.0-x.zip",
      "text/plain; charset=UTF-8",
    ],
    ["sumdb/sum.example.org/tile/8/0/x001/000", "application/octet-stream"],
    ["sumdb/sum.example.org/tile/8/0/000.p/3", "application/octet-stream"],
  ])("%s is %s", async (path, type) => {
    const { head, body } = await opened(join(folderOf({ [path]: "x" }), path));
    body.cancel();
    expect(head.headers).toContainEqual(["content-type", type]);
  });

  it("stops reading while it is paused, and goes on", async () => {
    const folder = folderOf({ "m.zip": BIG });
    const { body } = await opened(join(folder, "m.zip"));
    const { chunks, ends, total } = heard(body, () => {
      body.pause();
    });
    await waitFor("a chunk", () => total() > 0);
    // A round trip to the same thread pool: a read under way would be over by then.
    for (let i = 0; i < 20; i++) await openOfflineAnswer(folder);
    expect(chunks).toHaveLength(1);
    while (ends.length === 0) {
      const before = chunks.length;
      body.resume();
      await waitFor("a chunk", () => chunks.length > before || ends.length > 0);
      expect(chunks.length - before).toBeLessThan(2);
    }
    expect(ends).toEqual(["end"]);
    expect(Buffer.concat(chunks).equals(BIG)).toBe(true);
  });

  it("does not get stuck, whenever it is resumed", async () => {
    const folder = folderOf({ "m.zip": BIG });
    const whens: ((go: () => void) => void)[] = [
      (go) => {
        go();
      },
      queueMicrotask,
      (go) =>
        void Promise.resolve()
          .then(() => Promise.resolve())
          .then(go),
      (go) => {
        process.nextTick(go);
      },
      setImmediate,
    ];
    for (const when of whens) {
      const { body } = await opened(join(folder, "m.zip"));
      const { ends, total } = heard(body, () => {
        body.pause();
        when(() => {
          body.resume();
        });
      });
      await waitFor("the end", () => ends.length > 0);
      expect(total()).toBe(BIG.length);
    }
  });

  it("is closed, and silent, after it was cancelled", async () => {
    const folder = folderOf({ "m.zip": BIG });
    const file = join(folder, "m.zip");
    const { body } = await opened(file);
    const { chunks, ends } = heard(body, () => {
      body.cancel();
    });
    await waitFor("a chunk", () => chunks.length > 0 && !isOpen(file));
    body.cancel();
    body.resume();
    for (let i = 0; i < 20; i++) await openOfflineAnswer(folder);
    expect(chunks).toHaveLength(1);
    expect(ends).toEqual([]);

    const before = await opened(file);
    before.body.cancel();
    await waitFor("the file to be closed", () => !isOpen(file));
  });

  it("fails, and is closed, when the file becomes shorter meanwhile", async () => {
    const folder = folderOf({ "m.zip": BIG });
    const file = join(folder, "m.zip");
    const { body } = await opened(file);
    const { ends } = heard(body, () => {
      truncateSync(file, 1000);
    });
    await waitFor("the end", () => ends.length > 0);
    expect(ends).toMatchObject([{ kind: "truncated", phase: "receive" }]);
    expect(isOpen(file)).toBe(false);
  });

  it("is there to its end when the file is removed or grows meanwhile", async () => {
    const folder = folderOf({ "m.zip": BIG });
    const file = join(folder, "m.zip");
    const { body } = await opened(file);
    rmSync(file);
    const { ends, total } = heard(body);
    await waitFor("the end", () => ends.length > 0);
    expect(ends).toEqual(["end"]);
    expect(total()).toBe(BIG.length);
  });

  it("is not there where the file is gone, a folder or a pipe", async () => {
    const folder = folderOf();
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    expect(await openOfflineAnswer(join(folder, "gone.zip"))).toMatchObject({
      kind: "not-there",
      code: "ENOENT",
    });
    expect(await openOfflineAnswer(folder)).toMatchObject({
      kind: "not-there",
    });
    expect(await openOfflineAnswer(pipe)).toMatchObject({ kind: "not-there" });
  });
});
