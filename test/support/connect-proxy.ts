import { createServer, request as httpRequest } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

export interface ConnectProxy {
  port: number;
  url: string;
  /** `CONNECT host:port`, `GET http://host/…`, in the order of arrival. */
  log: readonly string[];
  /** Proxy-Authorization of each, `undefined` where there was none. */
  authorizations: readonly (string | undefined)[];
  close(): Promise<void>;
}

/**
 * A company's HTTP proxy: CONNECT and absolute-form requests, every name led to 127.0.0.1.
 * @param ports where a `host:port` is led to; a port that is not named stays as it is
 * @param delayMs before each CONNECT is answered
 */
export async function startConnectProxy(
  ports: Record<string, number> = {},
  delayMs = 0,
): Promise<ConnectProxy> {
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
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    log,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
