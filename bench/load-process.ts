import { Agent, get as http1Get, type IncomingMessage } from "node:http";
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

import { answerCalls } from "./child-call.js";

export interface LoadQuestion {
  protocol: "h2" | "http/1.1";
  /** The proxy's port on 127.0.0.1; without it the origin is asked directly. */
  proxyPort?: number;
  port: number;
  /** One for each connection; requests go round. The name is also the SNI. */
  hosts: readonly string[];
  path: string;
  requests: number;
  atOnce: number;
  /** PEM of everything that is trusted. */
  ca: string;
  /** Opens a connection for each request and counts the handshakes in: `atOnce` is 1 then. */
  fresh: boolean;
}

export interface LoadAnswer {
  /** One for each request, in milliseconds, up to the last byte. */
  latenciesMs: number[];
  totalMs: number;
  bytes: number;
}

/** One connection that takes requests. */
interface Line {
  get(path: string): Promise<number>;
  close(): void;
}

answerCalls(async (question: LoadQuestion): Promise<LoadAnswer> => {
  const { hosts, requests, path } = question;
  const latenciesMs: number[] = [];
  let bytes = 0;
  let next = 0;
  // HTTP/2 takes all requests on one connection, HTTP/1.1 one at a time.
  const count = question.fresh
    ? 0
    : question.protocol === "h2"
      ? 1
      : question.atOnce;
  const lines = await Promise.all(
    Array.from({ length: count }, () => openLine(question, hosts[0] ?? "")),
  );
  const startedAtMs = performance.now();
  const worker = async (index: number): Promise<void> => {
    while (next < requests) {
      const host = hosts[next++ % hosts.length] ?? "";
      const askedAtMs = performance.now();
      const line =
        lines[index % lines.length] ?? (await openLine(question, host));
      bytes += await line.get(path);
      latenciesMs.push(performance.now() - askedAtMs);
      if (question.fresh) line.close();
    }
  };
  await Promise.all(
    Array.from({ length: question.atOnce }, (_, i) => worker(i)),
  );
  const totalMs = performance.now() - startedAtMs;
  for (const line of lines) line.close();
  return { latenciesMs, totalMs, bytes };
});

async function openLine(question: LoadQuestion, host: string): Promise<Line> {
  const socket = await openTls(question, host);
  return question.protocol === "h2"
    ? overHttp2(socket, host, question.port)
    : overHttp1(socket, host, question.port);
}

async function openTls(
  question: LoadQuestion,
  host: string,
): Promise<TLSSocket> {
  const tcp = connect({
    host: "127.0.0.1",
    port: question.proxyPort ?? question.port,
    noDelay: true,
  });
  await once(tcp, "connect");
  if (question.proxyPort !== undefined) {
    const authority = `${host}:${question.port}`;
    tcp.write(
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: Go-http-client/1.1\r\n\r\n`,
    );
    const head = await firstData(tcp);
    if (!head.startsWith("HTTP/1.1 200"))
      throw new Error(`CONNECT was answered with ${head}`);
  }
  const tls = connectTls({
    socket: tcp,
    servername: host,
    ca: question.ca,
    ALPNProtocols: [question.protocol],
  });
  await once(tls, "secureConnect");
  return tls;
}

function overHttp2(socket: TLSSocket, host: string, port: number): Line {
  const session: ClientHttp2Session = connectHttp2(`https://${host}:${port}`, {
    createConnection: () => socket,
    settings: { initialWindowSize: 4 * 1024 * 1024, maxFrameSize: 262_144 },
  });
  // As go's client does: the connection's window is never what slows a body.
  session.on("connect", () => session.setLocalWindowSize(1 << 30));
  return {
    get: (path) =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":path": path });
        let bytes = 0;
        let status = 0;
        stream.on("response", (headers) => {
          status = headers[":status"] ?? 0;
        });
        stream.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
        });
        stream.on("error", reject);
        stream.on("end", () =>
          status === 200
            ? resolve(bytes)
            : reject(new Error(`status ${status}`)),
        );
      }),
    close: () => session.destroy(),
  };
}

function overHttp1(socket: TLSSocket, host: string, port: number): Line {
  // An agent of its own keeps the one socket between requests.
  const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    createConnection: () => socket,
  });
  const headers = { host: `${host}:${port}` };
  return {
    get: (path) =>
      new Promise((resolve, reject) => {
        const request = http1Get(
          { host, port, path, agent, headers },
          (response: IncomingMessage) => {
            let bytes = 0;
            response.on("data", (chunk: Buffer) => {
              bytes += chunk.length;
            });
            response.on("error", reject);
            response.on("end", () =>
              response.statusCode === 200
                ? resolve(bytes)
                : reject(new Error(`status ${response.statusCode}`)),
            );
          },
        );
        request.on("error", reject);
      }),
    close: () => socket.destroy(),
  };
}

function once(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(event, () => resolve());
  });
}

function firstData(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1")));
  });
}
