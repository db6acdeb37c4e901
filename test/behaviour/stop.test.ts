import net from "node:net";

import { afterEach, describe, expect, it } from "vitest";

import { waitFor } from "../support/wait-for.js";
import { HOST, Joined } from "./joined.js";
import { client, connectThrough } from "./joined-client.js";

const PATH = "/example.com/m/@v/v1.0.0.zip";

describe("stop", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  function refused(port: number): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = net.connect(port, "127.0.0.1");
      socket.on("error", () => resolve(true));
      socket.on("close", () => resolve(true));
      socket.on("data", () => resolve(false));
      socket.write(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`);
    });
  }

  for (const protocol of ["h1", "h2"] as const) {
    it(`lets an open download end and takes nothing new: client ${protocol}`, async () => {
      joined = await Joined.start();
      let go: () => void = () => {};
      const cue = new Promise<void>((resolve) => {
        go = resolve;
      });
      async function* body(): AsyncGenerator<Buffer> {
        yield Buffer.from("first ");
        await cue;
        yield Buffer.from("second");
      }
      const origin = await joined.origin({
        handler: () => ({ headers: { "content-length": "12" }, body: body() }),
      });
      const open = await client(joined, protocol, origin.port);
      const asked = open.ask(PATH);
      await asked.head;
      const stopped = joined.gotap.stop(20_000);
      expect(await refused(joined.port)).toBe(true);
      expect(joined.gotap.open().requests).toBe(1);
      go();
      const seen = await asked.seen;
      expect(seen.whole).toBe(true);
      expect(seen.body.toString()).toBe("first second");
      await stopped;
      expect(origin.requests).toHaveLength(1);
    });

    it(`a second stop ends it at once: client ${protocol}`, async () => {
      joined = await Joined.start();
      const origin = await joined.origin({
        handler: () => ({
          body: Buffer.alloc(20_000),
          fault: { kind: "stall", atByte: 9_000 },
        }),
      });
      const open = await client(joined, protocol, origin.port);
      const asked = open.ask(PATH);
      await asked.head;
      const stopped = joined.gotap.stop(600_000);
      const again = joined.gotap.stop(0);
      const seen = await asked.seen;
      expect(seen.whole).toBe(false);
      await Promise.all([stopped, again]);
      expect(joined.gotap.open()).toEqual({ requests: 0, tunnels: 0 });
    });
  }

  it("a request without a head is answered, when the grace is over", async () => {
    joined = await Joined.start();
    const origin = await joined.origin({
      handler: () => ({ fault: { kind: "drop" } }),
    });
    const open = await client(joined, "h2", origin.port);
    const asked = open.ask(PATH);
    await waitFor("the request", () => origin.requests.length === 1);
    const before = performance.now();
    await joined.gotap.stop(150);
    expect(performance.now() - before).toBeLessThan(10_000);
    const seen = await asked.seen;
    expect(seen.status === 503 || !seen.whole).toBe(true);
  });

  it("ends idle connections and silent tunnels", async () => {
    joined = await Joined.start();
    const origin = await joined.origin({ handler: () => ({ body: "x" }) });
    const idle = await client(joined, "h2", origin.port);
    await idle.get(PATH);
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    joined.own(server);
    const { port } = server.address() as net.AddressInfo;
    const tunnel = await connectThrough(joined, `${HOST}:${port}`, {
      userAgent: "curl/8.0",
    });
    await waitFor("the tunnel", () => joined?.gotap.open().tunnels === 1);
    tunnel.socket.resume();
    await joined.gotap.stop(100);
    await waitFor("the tunnel's end", () => tunnel.socket.destroyed);
    await waitFor("the idle one's end", () => idle.socket.destroyed);
    expect(joined.gotap.open()).toEqual({ requests: 0, tunnels: 0 });
  });
});
