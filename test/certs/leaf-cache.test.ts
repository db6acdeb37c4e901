import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type SecureContext } from "node:tls";

import { expect, it, onTestFinished } from "vitest";

import { loadAuthority } from "../../certs/authority.js";
import { LeafCache } from "../../certs/leaf-cache.js";
import { scratchFolder } from "./scratch.js";

const DAY_MS = 86_400_000;

async function authorityHere() {
  return loadAuthority(await scratchFolder());
}

/** Serves one context on a port of its own, to a client that verifies `host`. */
async function handshake(
  context: SecureContext,
  ca: string,
  host: string,
): Promise<Date> {
  const server = createServer({
    SNICallback: (_name, callback) => callback(null, context),
  });
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // `servername` only makes the server ask SNICallback; `host` is what is verified, as go does for an address.
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: "sni.example",
    ca,
    checkServerIdentity: (_name, certificate) => {
      const names = certificate.subjectaltname ?? "";
      return names.endsWith(`:${host}`)
        ? undefined
        : new Error(`${names} is not ${host}`);
    },
  });
  try {
    await once(socket, "secureConnect");
    return new Date(socket.getPeerCertificate().valid_to);
  } finally {
    socket.destroy();
  }
}

it.each(["goproxy.cn", "192.0.2.1"])(
  "a client that trusts the CA accepts the context for %s",
  async (host) => {
    const authority = await authorityHere();
    const context = new LeafCache(authority).contextFor(host);
    const end = await handshake(context, authority.certPem, host);
    expect(end.getTime()).toBeGreaterThan(Date.now());
  },
);

it("a client refuses the context of a name that cannot be certified", async () => {
  const authority = await authorityHere();
  const context = new LeafCache(authority).contextFor("*.example.com");
  await expect(
    handshake(context, authority.certPem, "*.example.com"),
  ).rejects.toThrow(/is not/);
});

it("gives the same context again, whatever the case of the name", async () => {
  const cache = new LeafCache(await authorityHere());
  expect(cache.contextFor("goproxy.cn")).toBe(cache.contextFor("GOPROXY.cn"));
  expect(cache.size).toBe(1);
});

it("makes a new one well before the old one ends", async () => {
  const authority = await authorityHere();
  let now = new Date();
  const cache = new LeafCache(authority, { now: () => now });
  const first = cache.contextFor("goproxy.cn");
  const end = await handshake(first, authority.certPem, "goproxy.cn");
  now = new Date(now.getTime() + 15 * DAY_MS);
  expect(cache.contextFor("goproxy.cn")).toBe(first);
  now = new Date(end.getTime() - 5 * DAY_MS);
  const second = cache.contextFor("goproxy.cn");
  expect(second).not.toBe(first);
  expect(cache.contextFor("goproxy.cn")).toBe(second);
  expect(cache.size).toBe(1);
});

it("keeps the hosts used last, and no more than its capacity", async () => {
  const cache = new LeafCache(await authorityHere(), { capacity: 2 });
  const first = cache.contextFor("a.example");
  const second = cache.contextFor("b.example");
  expect(cache.contextFor("a.example")).toBe(first);
  cache.contextFor("c.example");
  expect(cache.size).toBe(2);
  expect(cache.contextFor("a.example")).toBe(first);
  expect(cache.contextFor("b.example")).not.toBe(second);
});
