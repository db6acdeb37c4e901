import { createServer, request as httpRequest } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

export interface ConnectProxy {
  port: number;
  url: string;
  /** `CONNECT host:port`, `GET http://host/…`, in the order of arrival. */
  log: readonly string[];
  /** For requests from now on: read and never answered, or answered with this status. */
  fault: "silent" | number | undefined;
  /** Proxy-Authorization of each, `undefined` where there was none. */
  authorizations: readonly (string | undefined)[];
  close(): Promise<void>;
}

/**
 * A company's HTTP proxy: CONNECT and absolute-form requests, every name led to 127.0.0.1.
 * @param ports where a `host:port` is led to; a port that is not named stays as it is
 * @param delayMs before each CONNECT is answered
 * @param credentials `user:password`: who comes without them gets a 407
 */
export async function startConnectProxy(
  ports: Record<string, number> = {},
  delayMs = 0,
  credentials?: string,
): Promise<ConnectProxy> {
  const wanted =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(credentials).toString("base64")}`;
  /** What is said instead of serving the request; 0 is nothing at all. */
  const refusal = (given: string | undefined): number | undefined => {
    if (proxy.fault !== undefined)
      return proxy.fault === "silent" ? 0 : proxy.fault;
    return wanted === undefined || given === wanted ? undefined : 407;
  };
  const CHALLENGE = 'Basic realm="company"';
  const log: string[] = [];
  const authorizations: (string | undefined)[] = [];
  const open = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    return socket.on("close", () => open.delete(socket));
  };
  const portOf = (authority: string, fallback: number): number =>
    ports[authority] ?? (Number(authority.split(":").pop()) || fallback);

  const server = createServer((request, response) => {
    log.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    const refused = refusal(request.headers["proxy-authorization"]);
    if (refused === 0) return;
    if (refused !== undefined) {
      response.writeHead(refused, { "proxy-authenticate": CHALLENGE }).end();
      return;
    }
    const url = new URL(request.url ?? "", "http://nowhere.invalid");
    const upstream = httpRequest(
      {
        host: "127.0.0.1",
        port: portOf(`${url.hostname}:${url.port || 80}`, 80),
        method: request.method,
        path: url.pathname + url.search,
        headers: request.headers,
      },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    upstream.on("error", () => response.writeHead(502).end());
    request.pipe(upstream);
  });
  server.on("connection", (socket: Socket) => void keep(socket));
  server.on("connect", (request, client: Socket, head: Buffer) => {
    log.push(`CONNECT ${request.url}`);
    authorizations.push(request.headers["proxy-authorization"]);
    const refused = refusal(request.headers["proxy-authorization"]);
    if (refused === 0) return;
    if (refused !== undefined) {
      client.end(
        `HTTP/1.1 ${refused} No\r\nProxy-Authenticate: ${CHALLENGE}\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    const upstream = keep(connect(portOf(request.url ?? "", 443), "127.0.0.1"));
    upstream.on("connect", () => {
      setTimeout(() => {
        client.write("HTTP/1.1 200 Connection established\r\n\r\n");
        upstream.write(head);
        client.pipe(upstream).pipe(client);
      }, delayMs);
    });
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  const proxy: ConnectProxy = {
    port,
    url: `http://127.0.0.1:${port}`,
    log,
    fault: undefined,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return proxy;
}
