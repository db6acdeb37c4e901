import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** What a SOCKS5 server does instead of its work: nothing at all, or this reply (RFC 1928 §6). */
type SocksFault = "silent" | { reply: number };

export interface SocksProxy {
  port: number;
  /** `socks5://127.0.0.1:PORT`, without credentials. */
  url: string;
  /** `host:port` of each request, in the order of arrival. */
  log: readonly string[];
  /** `user:password` of each client that gave them. */
  credentials: readonly string[];
  /** For connections from now on. */
  fault: SocksFault | undefined;
  close(): Promise<void>;
}

const VERSION = 5;
const NO_CREDENTIALS = 0;
const USER_AND_PASSWORD = 2;
const NONE_FITS = 0xff;

/**
 * A SOCKS5 server (RFC 1928, RFC 1929) that leads every name to 127.0.0.1.
 * @param options.ports where a `host:port` is led to; a port that is not named stays as it is
 * @param options.credentials `user:password` that it asks for
 */
export async function startSocksProxy(
  options: { ports?: Record<string, number>; credentials?: string } = {},
): Promise<SocksProxy> {
  const log: string[] = [];
  const credentials: string[] = [];
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    return socket.on("close", () => open.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    const { fault } = proxy;
    if (fault === "silent") return;
    // Each message of this handshake fits one packet, and the client waits for each answer.
    client.once("data", (greeting: Buffer) => {
      const method =
        options.credentials === undefined ? NO_CREDENTIALS : USER_AND_PASSWORD;
      if (!greeting.includes(method, 2))
        return void client.end(Buffer.from([VERSION, NONE_FITS]));
      client.write(Buffer.from([VERSION, method]));
      if (method === NO_CREDENTIALS) return void client.once("data", serve);
      client.once("data", (given: Buffer) => {
        const userLength = given[1] ?? 0;
        const user = given.subarray(2, 2 + userLength).toString();
        const password = given.subarray(3 + userLength).toString();
        credentials.push(`${user}:${password}`);
        const right = `${user}:${password}` === options.credentials;
        client.write(Buffer.from([1, right ? 0 : 1]));
        if (right) client.once("data", serve);
        else client.end();
      });
    });
    const serve = (request: Buffer): void => {
      const named = request[3] === 3;
      const end = named ? 5 + (request[4] ?? 0) : 8;
      const host = named
        ? request.subarray(5, end).toString()
        : request.subarray(4, end).join(".");
      const target = `${host}:${request.readUInt16BE(end)}`;
      log.push(target);
      const reply = (code: number): Buffer =>
        Buffer.from([VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]);
      if (fault !== undefined) return void client.end(reply(fault.reply));
      client.pause();
      const port = options.ports?.[target] ?? request.readUInt16BE(end);
      const upstream = keep(connect({ port, host: "127.0.0.1" }));
      upstream.on("connect", () => {
        client.write(reply(0));
        client.pipe(upstream).pipe(client);
      });
      upstream.on("close", () => client.destroy());
      client.on("close", () => upstream.destroy());
    };
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const proxy: SocksProxy = {
    port,
    url: `socks5://127.0.0.1:${port}`,
    log,
    credentials,
    fault: undefined,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
