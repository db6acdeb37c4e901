import net from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { waitFor } from "../support/wait-for.js";
import { HOST, Joined, type JoinedOptions } from "./joined.js";
import { connectThrough } from "./joined-client.js";

/** A server that answers to the client's end: what it got, backwards. */
async function echoAtEnd(joined: Joined): Promise<number> {
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    const parts: Buffer[] = [];
    socket.on("error", () => {});
    socket.on("data", (chunk) => parts.push(chunk));
    socket.on("end", () => socket.end(reversed(Buffer.concat(parts))));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  joined.own({
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  });
  return (server.address() as net.AddressInfo).port;
}

const reversed = (bytes: Buffer): Buffer => Buffer.from(bytes.toReversed());

async function readAll(socket: net.Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => parts.push(chunk));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  await ended;
  return Buffer.concat(parts);
}

const CASES: {
  name: string;
  options?: JoinedOptions;
  userAgent?: string;
  reason: RegExp;
}[] = [
  {
    name: 'intercept = "none"',
    options: { toml: 'intercept = "none"' },
    reason: /^intercept = "none"/,
  },
  {
    name: "a rule with intercept = false",
    options: {
      toml: `[[rule]]\nname = "private code"\nhost = ["${HOST}"]\nintercept = false`,
    },
    reason: /^the rule "private code" says intercept = false/,
  },
  {
    name: "a run without interception",
    options: { intercept: false },
    reason: /none/,
  },
  {
    name: "another program",
    userAgent: "curl/8.0",
    reason: /^another program/,
  },
];

describe("a tunnel", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  it.each(CASES)(
    "$name: bytes both ways, each end for itself, recorded",
    async ({ options, userAgent, reason }) => {
      joined = await Joined.start(options);
      const port = await echoAtEnd(joined);
      const { status, socket } = await connectThrough(
        joined,
        `${HOST}:${port}`,
        userAgent === undefined ? {} : { userAgent },
      );
      expect(status).toBe(200);
      const up = Buffer.alloc(300_000, "abcdefg");
      socket.end(up);
      const down = await readAll(socket);
      expect(down.equals(reversed(up))).toBe(true);
      await joined.quiet();
      const record = await joined.exchange();
      expect(record).toMatchObject({
        via: "tunnel",
        method: "CONNECT",
        host: HOST,
        port,
        requestBytes: up.length,
        responseBytes: up.length,
      });
      expect(record.failure).toBeUndefined();
      expect(record.tunnelReason).toMatch(reason);
      const [connect] = record.attempts[0]?.dial?.connects ?? [];
      expect(connect?.address).toBe("127.0.0.1");
      expect(connect?.endedAtMs).toBeGreaterThanOrEqual(
        connect?.startedAtMs ?? Infinity,
      );
      const said = joined.lines.filter((line) => line.includes("tunnelled"));
      expect(said).toHaveLength(1);
      const names = (await joined.spans()).map(({ name }) => name);
      expect(names).toContain("connect");
    },
  );

  it("nobody listens there: the client's side is closed and the record says why", async () => {
    joined = await Joined.start({ intercept: false });
    const origin = await joined.origin({ handler: () => ({}) });
    await origin.refuse();
    const { socket } = await connectThrough(joined, `${HOST}:${origin.port}`);
    socket.resume();
    await waitFor("the end", () => socket.destroyed);
    expect((await joined.exchange()).failure?.kind).toBe("connect-refused");
  });

  it("a client that is gone ends the other side", async () => {
    joined = await Joined.start({ intercept: false });
    let closed = false;
    let bytes = 0;
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.on("close", () => {
        closed = true;
      });
      socket.on("data", (chunk) => {
        bytes += chunk.length;
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    joined.own(server);
    const { port } = server.address() as net.AddressInfo;
    const { socket } = await connectThrough(joined, `${HOST}:${port}`);
    socket.write("hello");
    await waitFor("the bytes", () => bytes === 5);
    socket.resetAndDestroy();
    await waitFor("the other side's end", () => closed);
    await joined.quiet();
    expect((await joined.exchange()).failure?.kind).toBe("client-gone");
  });
});
