import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { ClientTunnel } from "../../src/model/client.js";
import { waitFor } from "../support/wait-for.js";
import { connectThrough, type Rig, startRig, Wire } from "./rig.js";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());
beforeEach(() => {
  rig.admission = () => ({ action: "tunnel", reason: "not a Go program" });
  rig.onTunnel = mirror;
  rig.tunnels.length = 0;
});

/** Sends back what it gets, and ends when the client does. */
function mirror({ source, sink }: ClientTunnel): void {
  source.start({
    data: (chunk) => sink.write(chunk),
    end: () => {
      sink.end();
    },
    failed: () => {
      sink.reset({ kind: "client-gone" });
    },
  });
}

describe("a tunnel", () => {
  it("carries bytes both ways, half-close included", async () => {
    const wire = new Wire(await connectThrough(rig));
    wire.socket.allowHalfOpen = true;
    wire.send("one ");
    await wire.until("one ");
    wire.socket.end("two");
    expect(await wire.whenClosed()).toBe("one two");
    expect(wire.error).toBeUndefined();
    expect(rig.tunnels[0]).toMatchObject({
      reason: "not a Go program",
      origin: { scheme: "https", host: "example.com", port: 443 },
      protocol: "1.1",
    });
  });

  it("is what a CONNECT becomes whose bytes are not TLS", async () => {
    rig.admission = () => ({ action: "open" });
    const wire = new Wire(await connectThrough(rig, "example.com:22"));
    wire.send("SSH-2.0-x\r\n");
    await wire.until("SSH-2.0-x\r\n");
    expect(rig.tunnels[0]?.reason).toBe("not TLS");
    wire.socket.destroy();
  });

  it("keeps the server's last bytes when the client has ended its side", async () => {
    rig.onTunnel = ({ source, sink }) => {
      source.start({
        data: () => {},
        end: () => {
          sink.write(Buffer.from("late "));
          setTimeout(() => {
            sink.write(Buffer.from("answer"));
            sink.end();
          }, 20);
        },
        failed: () => {},
      });
    };
    const wire = new Wire(await connectThrough(rig));
    wire.socket.allowHalfOpen = true;
    wire.socket.end("question");
    expect(await wire.whenClosed()).toBe("late answer");
  });

  it("says that the client is gone, and fails its source", async () => {
    const told: string[] = [];
    rig.onTunnel = (tunnel) => {
      tunnel.onGone(() => told.push("gone"));
      tunnel.source.start({
        data: () => {},
        end: () => told.push("end"),
        failed: ({ kind }) => told.push(kind),
      });
    };
    const socket = await connectThrough(rig);
    await waitFor("the tunnel", () => rig.tunnels.length === 1);
    socket.resetAndDestroy();
    await waitFor("both", () => told.length === 2);
    expect(told).toEqual(["client-gone", "gone"]);
  });

  it("is reset, not ended, when its other side broke", async () => {
    rig.onTunnel = ({ source, sink }) => {
      source.start({
        data: () => {
          sink.reset({ kind: "reset" });
        },
        end: () => {},
        failed: () => {},
      });
    };
    const wire = new Wire(await connectThrough(rig));
    wire.send("x");
    await wire.whenClosed();
    expect(wire.error).toBe("ECONNRESET");
  });

  it("holds back a client that sends faster than it is read", async () => {
    let tunnel: ClientTunnel | undefined;
    let received = 0;
    rig.onTunnel = (made) => {
      tunnel = made;
      made.source.start({
        data: (chunk) => {
          received += chunk.byteLength;
          made.source.pause();
        },
        end: () => {
          made.sink.end();
        },
        failed: () => {},
      });
    };
    const socket = await connectThrough(rig);
    const size = 32 * 1024 * 1024;
    let written = false;
    socket.write(Buffer.alloc(size), () => {
      written = true;
    });
    await waitFor("the first bytes", () => received > 0);
    const before = received;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(received).toBe(before);
    expect(written).toBe(false);
    const flow = setInterval(() => tunnel?.source.resume(), 0);
    await waitFor("all bytes", () => received === size);
    clearInterval(flow);
    socket.destroy();
  });
});

describe("a refused CONNECT", () => {
  it("gets status, reason and text, and the connection closes", async () => {
    rig.admission = () => ({
      action: "refuse",
      status: 403,
      text: "gotap: the client belongs to another user\nsecond line",
    });
    await expect(connectThrough(rig)).rejects.toThrow(
      "HTTP/1.1 403 gotap: the client belongs to another user\r\nContent-Type: text/plain; charset=utf-8\r\n",
    );
  });

  it("says which scheme a 407 wants", async () => {
    rig.admission = () => ({ action: "refuse", status: 407, text: "token" });
    await expect(connectThrough(rig)).rejects.toThrow(
      'Proxy-Authenticate: Basic realm="gotap"',
    );
  });

  it("is also what a fault of the one who admits becomes", async () => {
    rig.admission = () => Promise.reject(new Error("bug with secret"));
    await expect(connectThrough(rig)).rejects.toThrow(
      /^HTTP\/1\.1 502 gotap: an internal error/,
    );
  });

  it.each([["127.0.0.1"], ["localhost"], ["[::1]"], ["127.9.9.9"], ["0x7f.1"]])(
    "%s with gotap's own port is a loop",
    async (host) => {
      await expect(connectThrough(rig, `${host}:${rig.port}`)).rejects.toThrow(
        /^HTTP\/1\.1 403 .*gotap's own port/,
      );
      rig.admission = () => ({ action: "tunnel", reason: "x" });
      const other = await connectThrough(rig, `${host}:${rig.port - 1}`);
      other.destroy();
    },
  );
});
