import net from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  dial,
  h1Through,
  h2Get,
  h2Through,
  type Rig,
  startRig,
  Wire,
  connectThrough,
  tlsThrough,
} from "./rig.js";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());

describe("a CONNECT that is opened", () => {
  it("speaks HTTP/2 inside, without an invented date", async () => {
    const session = await h2Through(rig);
    const answer = await h2Get(session, { ":path": "/x?y=1" });
    expect(answer).toMatchObject({
      status: 200,
      body: "GET https://example.com:443/x?y=1\n",
      rstCode: 0,
    });
    expect(Object.keys(answer.headers)).toEqual([
      ":status",
      "content-type",
      "content-length",
    ]);
    session.close();
  });

  it("speaks HTTP/1.1 inside, adds no field, and keeps the connection", async () => {
    const wire = await h1Through(rig);
    wire.send("GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n");
    const head = await wire.until("/a\n");
    expect(head).toBe(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 30\r\n\r\nGET https://example.com:443/a\n",
    );
    wire.send("GET /b HTTP/1.1\r\nHost: EXAMPLE.com:443\r\n\r\n");
    await wire.until("/b\n");
    wire.socket.destroy();
  });

  it.each(["[2001:db8::7]:8443", "192.0.2.9:443", "odd-port.example:7"])(
    "reads %s right and has a certificate for exactly that",
    async (target) => {
      const secure = await tlsThrough(rig, ["h2", "http/1.1"], target);
      expect(secure.authorized).toBe(true);
      expect(secure.alpnProtocol).toBe("h2");
      const { origin } = rig.arrivals.at(-1) ?? {};
      const host = target.replace(/:\d+$/, "").replaceAll(/[[\]]/g, "");
      const port = Number(/\d+$/.exec(target)?.[0]);
      expect(origin).toEqual({ scheme: "https", host, port });
      secure.destroy();
    },
  );

  it("takes the certificate of the CONNECT's host, not of SNI's", async () => {
    const secure = await tlsThrough(rig, ["h2"], "one.example:443", {
      servername: "other.example",
      checkServerIdentity: () => undefined,
    });
    expect(secure.getPeerCertificate().subjectaltname).toBe("DNS:one.example");
    secure.destroy();
  });

  it("is answered at once, and takes TLS bytes that came with the CONNECT", async () => {
    const wire = await dial(rig.port);
    const before = rig.requests.length;
    wire.send(
      "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n\x16",
    );
    expect(await wire.until("\r\n\r\n")).toBe(
      "HTTP/1.1 200 Connection Established\r\n\r\n",
    );
    expect(rig.requests.length).toBe(before);
    expect(rig.tunnels).toEqual([]);
    wire.socket.destroy();
  });

  it("knows the run and the program from the CONNECT", async () => {
    const basic = Buffer.from("run-0123456789abcdef:token").toString("base64");
    const socket = await connectThrough(
      rig,
      "example.com:443",
      `Proxy-Authorization: Basic ${basic}\r\nUser-Agent: Go-http-client/1.1\r\n`,
    );
    expect(rig.arrivals.at(-1)).toMatchObject({
      via: "connect",
      credentials: { username: "run-0123456789abcdef", password: "token" },
      connection: {
        runId: "0123456789abcdef",
        userAgent: "Go-http-client/1.1",
        remoteAddress: "127.0.0.1",
        localPort: rig.port,
      },
    });
    socket.destroy();
  });
});

describe("both loopback addresses", () => {
  it("are bound on one port", async () => {
    const socket = net.connect({
      host: "::1",
      port: rig.port,
    });
    const wire = new Wire(socket);
    wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const outcome = await wire.whenClosed();
    // A machine without IPv6 refuses: then there is nothing to bind.
    expect(wire.error ?? outcome).toMatch(/400|EADDRNOTAVAIL|EAFNOSUPPORT/);
  });
});
