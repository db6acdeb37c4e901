import { once } from "node:events";
import type { TLSSocket } from "node:tls";

import { afterAll, beforeAll, expect, it } from "vitest";

import { waitFor } from "../support/wait-for.js";
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  type Frame,
  frame,
  getBlock,
  PREFACE,
  readFrames,
} from "./h2-frames.js";
import {
  echo,
  h2Get,
  h2Through,
  type Rig,
  startRig,
  tlsThrough,
} from "./rig.js";

let rig: Rig;
beforeAll(async () => {
  // Node stops listening to such a client; what closes its connection is our idle limit.
  rig = await startRig({ limits: { idleMs: 400 } });
});
afterAll(() => rig.end());

async function open(): Promise<{ socket: TLSSocket; frames: () => Frame[] }> {
  const socket = await tlsThrough(rig, ["h2"]);
  socket.on("error", () => {});
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.write(Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0)]));
  return { socket, frames: () => readFrames(Buffer.concat(chunks)) };
}

const request = (id: number): Buffer =>
  frame(FRAME.headers, END_HEADERS | END_STREAM, id, getBlock("example.com"));
const cancel = frame.bind(undefined, FRAME.rstStream, 0);
const CANCEL = Buffer.from([0, 0, 0, 8]);

it("a rapid reset ends its connection, and no other", async () => {
  let gone = 0;
  rig.onRequest = ({ response }) => {
    response.onGone(() => {
      gone++;
    });
  };
  const { socket, frames } = await open();
  const closed = once(socket, "close");
  for (let id = 1; !socket.destroyed && id < 40_000; id += 200) {
    const batch: Buffer[] = [];
    for (let i = id; i < id + 200; i += 2)
      batch.push(request(i), cancel(i, CANCEL));
    socket.write(Buffer.concat(batch));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  expect(frames().some(({ type }) => type === FRAME.goaway)).toBe(true);
  await waitFor("every request to be called off", () => {
    return gone === rig.requests.length;
  });
  expect(rig.requests.length).toBeLessThan(10_000);
  rig.onRequest = echo;
  const other = await h2Through(rig);
  expect((await h2Get(other, { ":path": "/" })).status).toBe(200);
  other.destroy();
  await waitFor("no connection left", () => rig.connections() === 0);
});

it("pings do not keep a connection, nor does a client that reads no answers", async () => {
  const { socket } = await open();
  socket.pause();
  const pings = Buffer.concat(
    Array.from({ length: 500 }, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8))),
  );
  const flood = setInterval(() => {
    if (socket.writableLength < 1_000_000) socket.write(pings);
  }, 1);
  await waitFor("the idle limit", () => rig.connections() === 0);
  clearInterval(flood);
  socket.destroy();
  const session = await h2Through(rig);
  expect((await h2Get(session, { ":path": "/" })).status).toBe(200);
  session.destroy();
});

it("a body cut by RST_STREAM(NO_ERROR) is not whole", async () => {
  const told: string[] = [];
  rig.onRequest = ({ body }) => {
    body?.start({
      data: (chunk) => told.push(Buffer.from(chunk).toString()),
      end: () => told.push("end"),
      failed: ({ kind }) => told.push(kind),
    });
  };
  const { socket } = await open();
  const block = Buffer.concat([
    Buffer.from([0x83]),
    getBlock("example.com").subarray(1),
  ]);
  socket.write(
    Buffer.concat([
      frame(FRAME.headers, END_HEADERS, 1, block),
      frame(FRAME.data, 0, 1, Buffer.from("half")),
      cancel(1, Buffer.alloc(4)),
    ]),
  );
  await waitFor("the failure", () => told.length === 2 || undefined);
  expect(told).toEqual(["half", "client-gone"]);
  socket.destroy();
  rig.onRequest = echo;
});
