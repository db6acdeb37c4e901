import net from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Origin } from "../support/origin.js";
import { waitFor } from "../support/wait-for.js";
import { HOST, Joined } from "./joined.js";
import { client, connectThrough, secured } from "./joined-client.js";

/** Writes to a socket and reads until it is closed. */
async function exchangeRaw(socket: net.Socket, bytes: string): Promise<string> {
  let text = "";
  socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
  socket.on("error", () => {});
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.write(bytes, "latin1");
  socket.resume();
  await closed;
  return text;
}

describe("what is refused", () => {
  let joined: Joined;
  let origin: Origin;

  beforeAll(async () => {
    joined = await Joined.start({
      resolve: {
        "metadata.test": "169.254.169.254",
        "mapped.test": "::ffff:169.254.169.254",
        "self.test": "127.0.0.1",
      },
    });
    origin = await joined.origin({ handler: () => ({ body: "answer\n" }) });
  });
  afterAll(() => joined.close());

  const proxySocket = (): net.Socket => {
    const socket = net.connect(joined.port, "127.0.0.1");
    joined.own({ close: () => socket.destroy() });
    return socket;
  };

  it.each(["h1", "h2"] as const)(
    "another authority inside a CONNECT: 421, client %s",
    async (protocol) => {
      const go = await client(joined, protocol, origin.port);
      const seen = await go.get("/x", { authority: "other.test" });
      expect(seen.status).toBe(421);
      expect(origin.requests).toHaveLength(0);
      go.close();
    },
  );

  it.each([
    ["two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n"],
    [
      "a length beside chunks",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    ],
    [
      "an empty Transfer-Encoding beside a length",
      "Transfer-Encoding:\r\nContent-Length: 5\r\n",
    ],
    ["an unknown coding", "Transfer-Encoding: chunked, identity\r\n"],
    ["a length that is no number", "Content-Length: +5\r\n"],
    ["a name with a space", "Content-Length : 5\r\n"],
    ["a folded line", "X-A: b\r\n c\r\n"],
    ["a bare line feed", "X-A: b\nX-C: d\r\n"],
    ["a NUL", "X-A: b\u0000c\r\n"],
    ["a second Host", `Host: ${HOST}\r\n`],
    ["upgrade to h2c", "Upgrade: h2c\r\nConnection: Upgrade\r\nHost: b\r\n"],
  ])("smuggling: %s", async (_what, fields) => {
    const socket = await secured(joined, `${HOST}:${origin.port}`, "h1");
    const text = await exchangeRaw(
      socket,
      `POST /smuggled HTTP/1.1\r\nHost: ${HOST}:${origin.port}\r\n${fields}\r\nhello`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 4(?:00|21|31) /);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(origin.requests).toHaveLength(0);
  });

  it.each([
    ["no target", "CONNECT  HTTP/1.1\r\n\r\n"],
    ["no port", "CONNECT goproxy.test HTTP/1.1\r\nHost: goproxy.test\r\n\r\n"],
    ["port 0", "CONNECT goproxy.test:0 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["port 65536", "CONNECT goproxy.test:65536 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["userinfo", "CONNECT a@goproxy.test:443 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a URL", "CONNECT https://goproxy.test/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["bytes that are no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n"],
    ["a line without a version", "GET\r\n\r\n"],
    [
      "absolute-form of another scheme",
      "GET ftp://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
    ],
    ["a fragment", "GET http://a.test/#x HTTP/1.1\r\nHost: a.test\r\n\r\n"],
  ])("bad first line: %s", async (_what, bytes) => {
    expect(await exchangeRaw(proxySocket(), bytes)).toMatch(
      /^HTTP\/1\.1 4\d\d /,
    );
  });

  it("a head that is too large: 431", async () => {
    const long = `X-Long: ${"x".repeat(300_000)}\r\n`;
    const text = await exchangeRaw(
      proxySocket(),
      `CONNECT goproxy.test:443 HTTP/1.1\r\nHost: goproxy.test\r\n${long}\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
  });

  it.each([
    "169.254.169.254:443",
    "[fe80::1]:443",
    "[::ffff:169.254.169.254]:443",
    "0xa9fea9fe:80",
    "metadata.google.internal:80",
    "0.0.0.0:443",
  ])("CONNECT %s: 403", async (authority) => {
    const { status, text } = await connectThrough(joined, authority);
    expect(status).toBe(403);
    expect(text).toContain("gotap: ");
  });

  it.each(["127.0.0.1", "localhost", "[::1]"])(
    "the loop: CONNECT %s with gotap's own port: 403",
    async (host) => {
      const { status } = await connectThrough(joined, `${host}:${joined.port}`);
      expect(status).toBe(403);
    },
  );

  it("the loop behind a name: 403 inside TLS", async () => {
    const go = await client(joined, "h2", joined.port, "self.test");
    const seen = await go.get("/loop");
    expect(seen.status).toBe(403);
    const record = await joined.exchangeOf("/loop");
    expect(record.failure?.kind).toBe("forbidden-address");
    go.close();
  });

  it.each(["metadata.test", "mapped.test"])(
    "%s, which resolves to a metadata address: 403 inside TLS",
    async (name) => {
      const go = await client(joined, "h1", 443, name);
      const seen = await go.get(`/${name}`);
      expect(seen.status).toBe(403);
      expect(seen.body.toString()).toMatch(/^gotap: /);
      const record = await joined.exchangeOf(`/${name}`);
      expect(record.failure?.kind).toBe("forbidden-address");
      expect(record.attempts[0]?.dial?.connects).toEqual([]);
      go.close();
    },
  );

  it("the same through a tunnel: it is closed", async () => {
    const { status, socket } = await connectThrough(
      joined,
      "metadata.test:443",
      { userAgent: "curl/8.0" },
    );
    expect(status).toBe(200);
    socket.resume();
    await waitFor("the tunnel's end", () => socket.destroyed);
    await joined.quiet();
    const tunnel = await joined.exchangeWhere(({ via }) => via === "tunnel");
    expect(tunnel.failure?.kind).toBe("forbidden-address");
  });

  it("a CONNECT that is no TLS inside is tunnelled, and says so", async () => {
    const plain = await joined.plainOrigin({
      handler: () => ({ body: "plain\n" }),
    });
    const { socket } = await connectThrough(joined, `${HOST}:${plain.port}`);
    const text = await exchangeRaw(
      socket,
      `GET /in-the-clear HTTP/1.1\r\nHost: ${HOST}\r\nConnection: close\r\n\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 200 OK/);
    await joined.quiet();
    const record = await joined.exchangeWhere(
      ({ port }) => port === plain.port,
    );
    expect(record.via).toBe("tunnel");
    expect(record.tunnelReason).toMatch(/not.*TLS/);
  });

  it("after all of it the next request works", async () => {
    const go = await client(joined, "h2", origin.port);
    expect((await go.get("/fine")).body.toString()).toBe("answer\n");
    expect(origin.requests).toHaveLength(1);
    await joined.quiet();
    go.close();
  });
});
