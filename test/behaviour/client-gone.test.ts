import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Origin } from "../support/origin.js";
import { waitFor } from "../support/wait-for.js";
import { HOST, Joined } from "./joined.js";
import {
  client,
  type ClientProtocol,
  connectThrough,
} from "./joined-client.js";

const BODY = Buffer.alloc(20_000, "a body ");

describe("a client that goes away", () => {
  let joined: Joined;
  const origins = new Map<ClientProtocol, Origin>();
  let count = 0;
  const nextPath = (): string => `/example.com/m/@v/v1.0.${(count += 1)}.zip`;

  beforeAll(async () => {
    joined = await Joined.start();
    for (const protocol of ["h1", "h2"] as const)
      origins.set(
        protocol,
        await joined.origin({
          protocols: [protocol === "h2" ? "h2" : "http/1.1"],
          handler: () => ({ body: BODY }),
        }),
      );
  });
  afterAll(() => joined.close());

  it("after CONNECT: nothing was asked upstream, nothing stays", async () => {
    const origin = origins.get("h2");
    const before = origin?.connections();
    const { status, socket } = await connectThrough(
      joined,
      `${HOST}:${origin?.port}`,
    );
    expect(status).toBe(200);
    socket.destroy();
    await joined.quiet();
    expect(origin?.connections()).toBe(before);
  });

  it("in the middle of its TLS handshake", async () => {
    const origin = origins.get("h2");
    const before = origin?.connections();
    const { socket } = await connectThrough(joined, `${HOST}:${origin?.port}`);
    // The first bytes of a ClientHello: a record of 512 bytes is announced.
    socket.write(Buffer.from("16030102000100", "hex"), () =>
      socket.resetAndDestroy(),
    );
    await joined.quiet();
    expect(origin?.connections()).toBe(before);
  });

  for (const originProtocol of ["h1", "h2"] as const)
    for (const clientProtocol of ["h1", "h2"] as const)
      for (const [name, fault] of [
        ["before the head", { kind: "drop" }],
        // The head of a module's file waits for the first byte of its body.
        ["after the head", { kind: "stall", atByte: 1 }],
        ["in the body", { kind: "stall", atByte: 9_000 }],
      ] as const)
        it(`${name}: origin ${originProtocol}, client ${clientProtocol}`, async () => {
          const origin = origins.get(originProtocol);
          if (origin === undefined) throw new Error("no origin");
          origin.handler = () => ({ body: BODY, fault });
          const path = nextPath();
          const go = await client(joined, clientProtocol, origin.port);
          const asked = go.ask(path);
          const request = await waitFor("the request at the origin", () =>
            origin.requests.find((one) => one.path === path),
          );
          if (fault.kind === "stall") await asked.head;
          const bytes = fault.kind === "stall" ? fault.atByte : 0;
          await waitFor("the bytes before", () => asked.bytes() === bytes);
          asked.cancel();
          await waitFor(
            "the origin's notice",
            () => request.endedAtMs !== undefined,
          );
          await joined.quiet();
          go.close();
          const record = await joined.exchangeOf(path);
          expect(record.failure).toEqual({ kind: "client-gone" });
          expect(record.responseBytes).toBe(bytes);
          expect(record.attempts).toHaveLength(1);
          expect(record.attempts[0]?.failure?.kind).toBe("client-gone");
          const server = (await joined.spans()).find(
            (span) =>
              span.kind === "SERVER" &&
              span.span_id.startsWith(record.exchangeId),
          );
          expect(server?.status.code).toBe("UNSET");
        });

  it("while its request waits for the dial", async () => {
    const origin = await joined.origin({ handler: () => ({ body: BODY }) });
    origin.connectionFault = "silent";
    const path = nextPath();
    const go = await client(joined, "h2", origin.port);
    const asked = go.ask(path);
    await waitFor("the dial", () => origin.connections() > 0);
    asked.cancel();
    await joined.quiet();
    expect((await joined.exchangeOf(path)).failure?.kind).toBe("client-gone");
    go.close();
  });

  it("does not harm the other streams of its connection", async () => {
    const origin = origins.get("h2");
    if (origin === undefined) throw new Error("no origin");
    const dropped = nextPath();
    origin.handler = ({ path }) =>
      path === dropped
        ? { body: BODY, fault: { kind: "stall", atByte: 9_000 } }
        : { body: BODY };
    const go = await client(joined, "h2", origin.port);
    const asked = go.ask(dropped);
    await asked.head;
    asked.cancel();
    const other = await go.get(nextPath());
    expect(other.whole).toBe(true);
    expect(other.body.equals(BODY)).toBe(true);
    go.close();
  });
});
