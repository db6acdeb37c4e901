import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";

import {
  answerQuestion,
  startClientLookup,
} from "../../src/evidence/client-lookup.js";

/** The thread is made of the built file. */
const built = new URL(
  "../../dist/src/evidence/client-lookup.js",
  import.meta.url,
);
const modules = [
  ["on this thread", async () => startClientLookup],
  [
    "in a thread of its own",
    async () =>
      (
        (await import(fileURLToPath(built))) as {
          startClientLookup: typeof startClientLookup;
        }
      ).startClientLookup,
  ],
] as const;

describe.runIf(process.platform === "linux")("the look-up of clients", () => {
  it.each(modules)("%s finds this process, and nobody", async (name, load) => {
    if (name !== "on this thread" && !existsSync(built)) return;
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const client = connect(port, "127.0.0.1");
    const accepted = once(server, "connection");
    await once(client, "connect");
    await accepted;
    const lookup = (await load())();
    onTestFinished(() => {
      lookup.close();
      client.destroy();
      server.close();
    });
    const address = {
      remoteAddress: "127.0.0.1",
      remotePort: client.localPort ?? 0,
      localPort: port,
    };
    const [socket, nobody] = await Promise.all([
      lookup.socket(address),
      lookup.socket({ ...address, remotePort: 1 }),
    ]);
    expect(nobody).toBeUndefined();
    expect(socket?.uid).toBe(process.getuid?.());
    const found = socket && (await lookup.process(socket));
    expect(found?.process.pid).toBe(process.pid);
    expect(found?.chain[0]?.pid).toBe(process.pid);
    expect(found?.environ).toMatchObject({ PATH: process.env["PATH"] });
    lookup.close();
    // A thread that is gone takes nobody with it.
    expect((await lookup.socket(address))?.inode).toBe(socket?.inode);
  });

  it("answers each question under its own id", () => {
    const connection = {
      remoteAddress: "192.0.2.1",
      remotePort: 1,
      localPort: 1,
    };
    expect(answerQuestion({ id: 7, connection })).toEqual({
      id: 7,
      found: undefined,
    });
  });
});
