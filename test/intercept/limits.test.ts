import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { InterceptLimits } from "../../src/intercept/limits.js";
import { waitFor } from "../support/wait-for.js";
import { FRAME, frame, PREFACE } from "./h2-frames.js";
import {
  connectThrough,
  dial,
  echo,
  h1Through,
  h2Get,
  h2Through,
  type Rig,
  startRig,
  tlsThrough,
  Wire,
} from "./rig.js";

// Which limit it was shows in how long it took: each test shortens one, and the others are far away.

let rig: Rig;
afterEach(() => rig.end());

async function withLimit(limits: Partial<InterceptLimits>): Promise<void> {
  rig = await startRig({
    limits: {
      handshakeMs: 60_000,
      requestHeadMs: 60_000,
      idleMs: 60_000,
      ...limits,
    },
  });
}

/** Sends one byte every few milliseconds, for as long as the connection is there. */
function drip(
  wire: { send(bytes: Uint8Array): void; closed: boolean },
  bytes: Buffer,
): void {
  let at = 0;
  const timer = setInterval(() => {
    if (wire.closed || at >= bytes.length) clearInterval(timer);
    else wire.send(bytes.subarray(at, ++at));
  }, 10);
}

describe("the handshake's limit", () => {
  beforeEach(() => withLimit({ handshakeMs: 150 }));

  it("ends a CONNECT behind which nothing comes", async () => {
    const wire = new Wire(await connectThrough(rig));
    expect(await wire.whenClosed()).toBe("");
  });

  it("ends a ClientHello that drips", async () => {
    const wire = new Wire(await connectThrough(rig));
    drip(
      wire,
      Buffer.concat([
        Buffer.from("160301020001000200", "hex"),
        Buffer.alloc(5_000),
      ]),
    );
    expect(await wire.whenClosed()).toBe("");
  });

  it("is not noticed by one who shook hands", async () => {
    const session = await h2Through(rig);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await h2Get(session, { ":path": "/" })).status).toBe(200);
    session.destroy();
  });
});

describe("the request head's limit", () => {
  beforeEach(() => withLimit({ requestHeadMs: 150 }));

  it.each(["on the proxy's port", "inside TLS"])(
    "answers 408 to a head that drips, %s",
    async (where) => {
      const wire =
        where === "inside TLS" ? await h1Through(rig) : await dial(rig.port);
      drip(wire, Buffer.from(`GET / HTTP/1.1\r\nX: ${"y".repeat(5_000)}`));
      const text = await wire.whenClosed();
      expect(text).toMatch(/^HTTP\/1\.1 408 [^]*gotap: .*too long\n$/);
    },
  );

  it("also to the second head of a connection", async () => {
    const wire = await h1Through(rig);
    wire.send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    await wire.until("443/\n");
    drip(wire, Buffer.from(`GET / HTTP/1.1\r\nX: ${"y".repeat(5_000)}`));
    expect(await wire.whenClosed()).toContain("HTTP/1.1 408 ");
  });

  it("ends an HTTP/2 connection without preface, or without SETTINGS", async () => {
    const silent = await tlsThrough(rig, ["h2"]);
    const unset = await tlsThrough(rig, ["h2"]);
    for (const socket of [silent, unset]) socket.on("error", () => {}).resume();
    unset.write(PREFACE);
    await waitFor("both", () => rig.connections() === 0);
    expect(rig.requests).toEqual([]);
  });

  it("is not noticed by slow answers, slow bodies and idle connections", async () => {
    rig.onRequest = (request) => {
      request.body?.start({
        data: () => {},
        end: () =>
          setTimeout(() => {
            echo(request);
          }, 300),
        failed: () => {},
      });
    };
    const wire = await h1Through(rig);
    await new Promise((resolve) => setTimeout(resolve, 300));
    wire.send(
      "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 30\r\n\r\n",
    );
    drip(wire, Buffer.alloc(30));
    expect(await wire.until("443/\n")).toMatch(/^HTTP\/1\.1 200 /);
    wire.socket.destroy();
  });
});

describe("the idle limit", () => {
  beforeEach(() => withLimit({ idleMs: 150 }));

  it("ends connections without a request, silently", async () => {
    const plain = await dial(rig.port);
    const inside = await h1Through(rig);
    inside.send("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
    await inside.until("443/\n");
    expect(await plain.whenClosed()).toBe("");
    expect(await inside.whenClosed()).toMatch(/443\/\n$/);
    expect(inside.error).toBeUndefined();
  });

  it("ends an HTTP/2 session with GOAWAY, and not while a stream is open", async () => {
    rig.onRequest = (request) => {
      setTimeout(() => {
        echo(request);
      }, 500);
    };
    const session = await h2Through(rig);
    let goaway: number | undefined;
    session.once("goaway", (code) => {
      goaway = code;
    });
    const answer = await h2Get(session, { ":path": "/" });
    expect(answer).toMatchObject({ status: 200, rstCode: 0 });
    await waitFor("the close", () => session.destroyed);
    expect(goaway).toBe(0);
  });

  it("is not there for a tunnel", async () => {
    rig.admission = () => ({ action: "tunnel", reason: "x" });
    rig.onTunnel = ({ source, sink }) => {
      source.start({
        data: (chunk) => sink.write(chunk),
        end: () => {
          sink.end();
        },
        failed: () => {},
      });
    };
    const wire = new Wire(await connectThrough(rig));
    await new Promise((resolve) => setTimeout(resolve, 400));
    wire.send("still there");
    expect(await wire.until("still there")).toBe("still there");
    wire.socket.destroy();
  });
});

describe("HTTP/2 pings", () => {
  it("are answered", async () => {
    await withLimit({});
    const socket = await tlsThrough(rig, ["h2"]);
    socket.write(
      Buffer.concat([
        PREFACE,
        frame(FRAME.settings, 0, 0),
        frame(FRAME.ping, 0, 0, Buffer.from("12345678")),
      ]),
    );
    expect(await new Wire(socket).until("12345678")).toContain("12345678");
    socket.destroy();
  });
});
