import net from "node:net";
import tls from "node:tls";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { waitFor } from "../support/wait-for.js";
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

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.end());

/** Whatever came before: the next client is served, and nothing is left behind. */
afterEach(async () => {
  rig.onRequest = echo;
  const session = await h2Through(rig);
  const { status } = await h2Get(session, { ":path": "/" });
  if (status !== 200) throw new Error(`the next client got ${status}`);
  session.destroy();
  rig.requests.length = 0;
  await waitFor("no connection left", () => rig.connections() === 0);
});

const TEXT = "Content-Type: text/plain; charset=utf-8\r\n";

describe("a malformed CONNECT", () => {
  it.each([
    ["example.com", 400],
    ["example.com:", 400],
    ["example.com:0", 400],
    ["example.com:65536", 400],
    ["example.com:443/path", 400],
    ["user:pw@example.com:443", 400],
    ["[::1", 400],
    ["[::zz]:443", 400],
    [":443", 400],
    ["exa mple.com:443", 400],
    ["http://example.com:443", 400],
    ["169.254.169.254:443", 403],
  ])("%s gets %i and closes", async (target, status) => {
    const wire = await dial(rig.port);
    wire.send(`CONNECT ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const text = await wire.whenClosed();
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*gotap: `));
    expect(text).toContain(TEXT);
    expect(rig.requests).toEqual([]);
    expect(rig.tunnels).toEqual([]);
  });

  it("behind an unanswered request ends the connection", async () => {
    const before = rig.onRequest;
    rig.onRequest = () => {};
    const wire = await dial(rig.port);
    wire.send(
      "GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\nCONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n",
    );
    expect(await wire.whenClosed()).toBe("");
    rig.onRequest = before;
  });
});

const HOST = "Host: example.com\r\n";
const manyFields = Object.fromEntries(
  Array.from({ length: 300 }, (_, i) => [`x-${i}`, "b"]),
);
const long = (length: number): string => "x".repeat(length);
const inner: [name: string, bytes: string, status: number][] = [
  ["no HTTP", "hello\r\n\r\n", 400],
  [
    "HTTP/2's preface after HTTP/1.1 was agreed",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    400,
  ],
  ["a bad version", `GET / HTTP/9.9\r\n${HOST}\r\n`, 400],
  ["a space in the target", `GET /a b HTTP/1.1\r\n${HOST}\r\n`, 400],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
  ["two Hosts", `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
  ["a space before the colon", `GET / HTTP/1.1\r\n${HOST}A : b\r\n\r\n`, 400],
  ["a folded field", `GET / HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`, 400],
  ["a NUL in a field", `GET / HTTP/1.1\r\n${HOST}A: b\0c\r\n\r\n`, 400],
  ["a bare CR", `GET / HTTP/1.1\r\n${HOST}A: b\rc\r\n\r\n`, 400],
  [
    "both lengths",
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
  ],
  [
    "an empty Transfer-Encoding beside a length",
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding:\r\n\r\nabc`,
    400,
  ],
  [
    "two lengths",
    `POST / HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`,
    400,
  ],
  [
    "a signed length",
    `POST / HTTP/1.1\r\n${HOST}Content-Length: +3\r\n\r\nabc`,
    400,
  ],
  [
    "a coding that is not chunked",
    `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`,
    400,
  ],
  ["a target too long", `GET /${long(40_000)} HTTP/1.1\r\n${HOST}\r\n`, 414],
  [
    "a field too long",
    `GET / HTTP/1.1\r\n${HOST}A: ${long(70_000)}\r\n\r\n`,
    431,
  ],
  ["a head without end", `GET / HTTP/1.1\r\n${HOST}A: ${long(140_000)}`, 431],
  [
    "too many fields",
    `GET / HTTP/1.1\r\n${HOST}${"A: b\r\n".repeat(300)}\r\n`,
    431,
  ],
  [
    "CONNECT again",
    "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
    501,
  ],
  ["another host", "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n", 421],
  [
    "another host in absolute-form",
    "GET https://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n",
    421,
  ],
];

describe("inside a CONNECT, HTTP/1.1", () => {
  it.each(inner)("%s", async (_name, bytes, status) => {
    const wire = await h1Through(rig);
    wire.send(bytes);
    const text = await wire.whenClosed();
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toContain(TEXT);
    expect(text).toContain("Connection: close\r\n");
    expect(text).toMatch(/\r\n\r\ngotap: .+\n$/);
    expect(rig.requests).toEqual([]);
  });

  it("a bad chunk size breaks the request that it is in", async () => {
    const told: string[] = [];
    rig.onRequest = ({ body }) => {
      body?.start({
        data: () => {},
        end: () => told.push("end"),
        failed: ({ kind }) => told.push(kind),
      });
    };
    const wire = await h1Through(rig);
    wire.send(
      `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n`,
    );
    await wire.whenClosed();
    await waitFor("the failure", () => told.length > 0);
    expect(told).toEqual(["client-gone"]);
    rig.onRequest = echo;
  });
});

describe("on the proxy's own port", () => {
  it.each([
    ["TLS bytes", "\x16\x03\x01\x02\x00\x01", 400],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["no HTTP", "\0\0\0\0\r\n\r\n", 400],
    [
      "a target of another scheme",
      "GET ftp://a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
      400,
    ],
    [
      "userinfo",
      "GET http://u:p@a.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n",
      400,
    ],
    [
      "two different hosts",
      "GET http://a.example/ HTTP/1.1\r\nHost: b.example\r\n\r\n",
      400,
    ],
    ["an empty host", "GET http:///x HTTP/1.1\r\nHost:\r\n\r\n", 400],
    ["HTTP/1.0 without any host", "GET / HTTP/1.0\r\n\r\n", 400],
  ])("%s", async (_name, bytes, status) => {
    const wire = await dial(rig.port);
    wire.socket.write(bytes, "latin1");
    const text = await wire.whenClosed();
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toMatch(/\r\n\r\ngotap: .+\n$/);
    expect(rig.requests).toEqual([]);
  });
});

describe("inside a CONNECT, HTTP/2", () => {
  it.each([
    [{ ":path": "/", ":authority": "other.example" }, 421],
    [{ ":path": "/", host: "other.example" }, 421],
    [{ ":path": "/", ":authority": "example.com", host: "b.example" }, 400],
    [{ ":path": `/${long(40_000)}` }, 414],
    [{ ":path": "/", ...manyFields }, 431],
  ])("%#", async (headers, status) => {
    const session = await h2Through(rig);
    const answer = await h2Get(session, headers);
    session.destroy();
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^gotap: .+\n$/);
    expect(rig.requests).toEqual([]);
  });

  it("a field with a control character is dropped or refused", async () => {
    const session = await h2Through(rig);
    await h2Get(session, { ":path": "/", a: "b\u0001c" });
    session.destroy();
    expect(JSON.stringify(rig.requests[0]?.headers ?? [])).not.toContain("b\\");
  });

  it("garbage after the handshake ends the session", async () => {
    const secure = await tlsThrough(rig, ["h2"]);
    secure.on("error", () => {});
    secure.write("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => secure.resume().once("close", resolve));
    expect(rig.requests).toEqual([]);
  });
});

describe("a client that goes away", () => {
  it.each([
    ["in the CONNECT", "CONNECT exam"],
    [
      "after the CONNECT",
      "CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    [
      "in the ClientHello",
      "CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03\x01",
    ],
    ["in a request line", "GET http://a.exa"],
    [
      "in a body",
      "POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nabc",
    ],
  ])("%s", async (_name, bytes) => {
    for (const how of ["end", "destroy", "resetAndDestroy"] as const) {
      const wire = await dial(rig.port);
      wire.socket.write(bytes, "latin1");
      await new Promise((resolve) => setTimeout(resolve, 5));
      wire.socket[how]();
      await wire.whenClosed();
    }
    await waitFor("the close", () => rig.connections() === 0);
    expect(rig.tunnels).toEqual([]);
  });

  it("while it is asked whether it may come", async () => {
    const before = rig.admission;
    let admit: (() => void) | undefined;
    rig.admission = () =>
      new Promise((resolve) => {
        admit = () => {
          resolve({ action: "open" });
        };
      });
    const wire = await dial(rig.port);
    wire.send("CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n");
    await waitFor("the question", () => admit);
    wire.socket.resetAndDestroy();
    await waitFor("the close", () => rig.connections() === 0);
    admit?.();
    rig.admission = before;
    expect(rig.tunnels).toEqual([]);
  });

  it.each([1, 5, 100, 1_000])(
    "in the handshake, after %i bytes of its ClientHello",
    async (length) => {
      const hello = await clientHello();
      for (const how of ["end", "resetAndDestroy"] as const) {
        const wire = new Wire(await connectThrough(rig));
        wire.send(hello.subarray(0, length));
        // Whole: our half of the handshake has come, theirs never does.
        if (length >= hello.length) await wire.until("\x16");
        wire.socket[how]();
        await wire.whenClosed();
      }
      await waitFor("the close", () => rig.connections() === 0);
      expect(rig.refused).toEqual([]);
    },
  );

  it("in an answer, with the next requests in the pipe", async () => {
    const wire = await h1Through(rig);
    wire.send(`GET / HTTP/1.1\r\n${HOST}\r\n`.repeat(50));
    expect(await wire.until("200 OK")).toMatch(/^HTTP\/1\.1 200/);
    wire.socket.destroy();
  });
});

describe("more than one can take", () => {
  it("connections over the limit are closed, the others served", async () => {
    const small = await startRig({ limits: { maxConnections: 2 } });
    const first = await dial(small.port);
    const second = await dial(small.port);
    await waitFor("both", () => small.connections() === 2);
    const third = net.connect(small.port, "127.0.0.1");
    third.on("error", () => {});
    await new Promise((resolve) => third.once("close", resolve));
    first.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await first.whenClosed()).toContain("400");
    second.socket.destroy();
    await small.end();
  });
});

/** The first flight of a real TLS client. */
async function clientHello(): Promise<Buffer> {
  const server = net.createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: "127.0.0.1" });
  client.on("error", () => {});
  const hello = await new Promise<Buffer>((resolve) => {
    server.once("connection", (socket) => socket.once("data", resolve));
  });
  client.destroy();
  server.close();
  return hello;
}
