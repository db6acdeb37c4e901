import { connect as connectHttp2 } from "node:http2";
import { get } from "node:http";
import { afterEach, describe, expect, it } from "vitest";

import { askedFor, bytesSent } from "./origin-counts.js";
import { h1 } from "./dirhash.js";
import { makeModuleTree } from "./module-tree.js";
import type { Answer, Handler, OriginRequest } from "./origin-answer.js";
import { startOrigin, type Origin } from "./origin.js";
import { flaky, scripted } from "./script.js";
import { differentFrom } from "./seeded-bytes.js";
import { makeTestAuthority } from "./test-authority.js";

const BODY = "0123456789";
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of open.splice(0).toReversed()) await undo();
});

async function originWith(handler: Handler): Promise<Origin> {
  const origin = await startOrigin({ handler });
  open.push(() => origin.close());
  return origin;
}

interface Seen {
  status: number | undefined;
  range: string | undefined;
  body: string;
}

function ask(
  origin: Origin,
  path = "/",
  headers: Record<string, string> = {},
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    get(
      { host: "127.0.0.1", port: origin.port, path, headers, agent: false },
      (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => {
          body += chunk.toString("latin1");
        });
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode,
            range: response.headers["content-range"],
            body,
          }),
        );
      },
    ).on("error", reject);
  });
}

describe("ranges that lie", () => {
  const headers = { range: "bytes=4-" };
  it.each<[Answer["range"], Seen]>([
    [true, { status: 206, range: "bytes 4-9/10", body: "456789" }],
    [false, { status: 200, range: undefined, body: BODY }],
    [
      "wrong-bytes",
      {
        status: 206,
        range: "bytes 4-9/10",
        body: Buffer.from(
          Buffer.from("456789").map((byte) => byte ^ 0xff),
        ).toString("latin1"),
      },
    ],
    ["wrong-total", { status: 206, range: "bytes 4-9/11", body: "456789" }],
    ["wrong-start", { status: 206, range: "bytes 5-9/10", body: "56789" }],
  ])("%s", async (range, expected) => {
    const origin = await originWith(() => ({
      body: BODY,
      ...(range === undefined ? {} : { range }),
    }));
    expect(await ask(origin, "/", headers)).toEqual(expected);
  });

  it("a range past the end is a 416, and If-Range must name the etag", async () => {
    const origin = await originWith(() => ({
      body: BODY,
      range: true,
      headers: { etag: '"1"' },
    }));
    expect(await ask(origin, "/", { range: "bytes=10-" })).toMatchObject({
      status: 416,
      range: "bytes */10",
    });
    const conditional = (etag: string) =>
      ask(origin, "/", { ...headers, "if-range": etag });
    expect((await conditional('"1"')).status).toBe(206);
    expect((await conditional('"2"')).status).toBe(200);
  });
});

describe("scripted", () => {
  it("names requests by path and by how often they came; the origin counts requests and bytes", async () => {
    const origin = await originWith(
      scripted(
        () => ({ body: BODY }),
        [
          { path: /zip$/, nth: 2, answer: { status: 503, body: "no" } },
          {
            path: /zip$/,
            nth: [3, 4],
            answer: (usual) => ({ ...usual, status: 302, body: "" }),
          },
        ],
      ),
    );
    const status = async (path: string) => (await ask(origin, path)).status;
    expect([
      await status("/a.zip"),
      await status("/b.zip"),
      await status("/a.zip"),
      await status("/a.zip"),
      await status("/a.zip"),
      await status("/a.zip"),
      await status("/a.mod"),
    ]).toEqual([200, 200, 503, 302, 302, 200, 200]);
    expect(askedFor(origin, /\.zip$/)).toHaveLength(6);
    expect(bytesSent(origin, /\/a\.zip$/)).toBe(22);
  });
});

describe("flaky", () => {
  const usual = (): Answer => ({ body: BODY });
  const paths = Array.from({ length: 500 }, (_, i) => `/${i}`);
  /** Which of each path's six requests failed. */
  async function played(seed: string, order: readonly string[]) {
    const handler = flaky(usual, { seed, share: 0.2, inARow: 2 });
    const failed = new Map<string, boolean[]>();
    for (let turn = 0; turn < 6; turn++)
      for (const path of order) {
        const { status, fault } = await handler({
          path,
        } as OriginRequest);
        const row = failed.get(path) ?? [];
        row.push(status !== undefined || fault !== undefined);
        failed.set(path, row);
      }
    return failed;
  }

  it("fails its share of the requests, the same ones in any order, never more in a row than it may", async () => {
    const failed = await played("seed", paths);
    const all = [...failed.values()].flat();
    const share = all.filter(Boolean).length / all.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.25);
    expect(await played("seed", paths.toReversed())).toEqual(failed);
    expect(await played("other", paths)).not.toEqual(failed);
    for (const row of failed.values())
      expect(row.map(Number).join("")).not.toContain("111");
  });
});

describe("connections and streams", () => {
  it("a fault may strike by the connection's number", async () => {
    const origin = await originWith(() => ({ body: BODY }));
    origin.connectionFault = (n) => (n === 1 ? "reset" : undefined);
    await expect(ask(origin)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect((await ask(origin)).status).toBe(200);
  });

  it("HTTP/2: GOAWAY says that a request was never looked at", async () => {
    const authority = makeTestAuthority();
    open.push(() => authority.remove());
    const origin = await startOrigin({
      authority,
      handler: scripted(
        () => ({ body: BODY }),
        [
          {
            path: /./,
            nth: 2,
            answer: { fault: { kind: "goaway-unseen", code: 0 } },
          },
        ],
      ),
    });
    open.push(() => origin.close());
    const session = connectHttp2(origin.url(), { ca: authority.ca });
    open.push(() => session.destroy());
    session.on("error", () => {});
    let lastStream: number | undefined;
    session.on("goaway", (_code, id) => {
      lastStream = id;
    });
    const request = (): Promise<number | undefined> =>
      new Promise((resolve) => {
        const stream = session.request({ ":path": "/" });
        stream.on("error", () => {});
        stream.on("close", () => resolve(stream.rstCode));
        stream.resume();
      });
    expect(await request()).toBe(0);
    expect(await request()).not.toBe(0);
    expect(lastStream).toBe(1);
    expect(origin.requests).toHaveLength(2);
  });
});

describe("bytes that are not the same", () => {
  it("another zip of one module has the same hash", () => {
    const [module] = makeModuleTree({ modules: 1, totalBytes: 9000 }).modules;
    if (module === undefined) throw new Error("no module");
    const reordered = module.zippedAgain("other-order");
    expect(reordered).toHaveLength(module.zip.length);
    expect(reordered.subarray(0, 64)).not.toEqual(module.zip.subarray(0, 64));
    expect(module.zippedAgain("other-length").length).toBeGreaterThan(
      module.zip.length,
    );
    // The order of the files is nothing to the hash.
    expect(
      h1([
        { name: "b", content: Buffer.from("b") },
        { name: "a", content: Buffer.from("a") },
      ]),
    ).toBe(
      h1([
        { name: "a", content: Buffer.from("a") },
        { name: "b", content: Buffer.from("b") },
      ]),
    );
  });

  it("differ from one byte on", () => {
    expect(differentFrom(Buffer.from([1, 2, 3]), 1)).toEqual(
      Buffer.from([1, 0xfd, 0xfc]),
    );
  });
});
