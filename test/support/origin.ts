import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

import type { Handler, OriginRequest } from "./origin-answer.js";
import { play } from "./origin-play.js";
import { OriginLog } from "./origin-log.js";
import { http1Wire, http2Wire } from "./origin-wire.js";
import type { TestAuthority, TestCertificate } from "./test-authority.js";

/** What happens to new connections before any HTTP: `silent` accepts and says nothing, which is a stall in TLS. */
type ConnectionFault = "silent" | "reset" | "garbage";

/** The same for every connection, or by its number: 1, 2, … */
type ConnectionScript =
  ConnectionFault | ((connection: number) => ConnectionFault | undefined);

export interface OriginOptions {
  /** Signs the certificate; without it and `certificate` the origin speaks plain HTTP. */
  authority?: TestAuthority;
  /** Instead of one from `authority`: for origins in a process of their own. */
  certificate?: TestCertificate;
  /** Names and addresses in the certificate; 127.0.0.1 and localhost are always added. */
  names?: readonly string[];
  /** What ALPN offers; both by default. A plain origin always speaks HTTP/1.1. */
  protocols?: readonly ("h2" | "http/1.1")[];
  handler: Handler;
  /** A free one by default. */
  port?: number;
  /** SETTINGS_MAX_CONCURRENT_STREAMS; Node's default otherwise. */
  maxStreams?: number;
}

/** A server on 127.0.0.1 that answers by script and remembers what it was asked. */
export interface Origin {
  host: "127.0.0.1";
  port: number;
  scheme: "http" | "https";
  /** Every request so far, in the order of arrival. */
  requests: readonly OriginRequest[];
  /** Connections accepted so far. */
  connections(): number;
  /** `https://goproxy.test:PORT`; without a name, by address. */
  url(name?: string): string;
  /** May be replaced at any time; the next request sees it. */
  handler: Handler;
  /** For connections from now on. */
  connectionFault: ConnectionScript | undefined;
  /** Nobody listens on the port any more: connections are refused. Those that are open live on. */
  refuse(): Promise<void>;
  /** Forgets the requests so far. */
  clear(): void;
  close(): Promise<void>;
}

/** Starts an origin; the caller closes it. */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const log = new OriginLog();
  const sockets = new Map<number, Socket>();
  const answer = async (
    request: OriginRequest,
    wire: Parameters<typeof play>[0],
  ): Promise<void> => {
    try {
      await play(wire, request, await origin.handler(request));
    } catch {
      wire.reset();
    }
  };

  const http1 = createHttp1Server({ keepAliveTimeout: 120_000 });
  http1.on("request", (message, response) => {
    const port = message.socket.remotePort ?? 0;
    const request = log.ofHttp1(message, response, port);
    void answer(request, http1Wire(message, response, sockets.get(port)));
  });
  const http2 = createHttp2Server({
    settings: {
      initialWindowSize: 1 << 20,
      ...(options.maxStreams === undefined
        ? {}
        : { maxConcurrentStreams: options.maxStreams }),
    },
  });
  http2.on("stream", (stream, headers) => {
    // Unread, it may end with RST_STREAM(NO_ERROR) instead of END_STREAM.
    stream.resume();
    const port = stream.session?.socket.remotePort ?? 0;
    const request = log.ofHttp2(stream, headers, port);
    void answer(request, http2Wire(stream, sockets.get(port)));
  });
  // Clients that break off are the tests' daily bread.
  http2.on("session", (session) => session.on("error", () => {}));
  http2.on("sessionError", () => {});
  http1.on("clientError", (_error, socket) => void socket.destroy());

  const certificate =
    options.certificate ??
    options.authority?.issue([
      ...(options.names ?? []),
      "127.0.0.1",
      "localhost",
    ]);
  const tls =
    certificate === undefined
      ? undefined
      : createTlsServer({
          ...certificate,
          ALPNProtocols: [...(options.protocols ?? ["h2", "http/1.1"])],
        });
  tls?.on("secureConnection", (socket) => {
    socket.on("error", () => {});
    const server = socket.alpnProtocol === "h2" ? http2 : http1;
    server.emit("connection", socket);
  });
  tls?.on("tlsClientError", () => {});

  const listener = createServer({ noDelay: true }, (socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    log.connected(port);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(port));
    const script = origin.connectionFault;
    const fault =
      typeof script === "function" ? script(log.connections) : script;
    if (fault === "silent") return;
    if (fault === "reset") return void socket.resetAndDestroy();
    if (fault === "garbage")
      return void socket.end("this is no protocol at all\n");
    (tls ?? http1).emit("connection", socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = listener.address() as AddressInfo;
  const stopListening = (): Promise<void> =>
    new Promise((resolve) => {
      if (listener.listening) listener.close();
      resolve();
    });

  const scheme = certificate === undefined ? "http" : "https";
  const origin: Origin = {
    host: "127.0.0.1",
    port,
    scheme,
    requests: log.requests,
    connections: () => log.connections,
    url: (name = "127.0.0.1") => `${scheme}://${name}:${port}`,
    handler: options.handler,
    connectionFault: undefined,
    refuse: stopListening,
    clear: () => log.clear(),
    async close() {
      await stopListening();
      for (const socket of sockets.values()) socket.destroy();
      http1.closeAllConnections();
    },
  };
  return origin;
}
