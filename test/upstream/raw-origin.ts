import {
  createServer as createHttp2,
  type ServerHttp2Stream,
} from "node:http2";
import {
  type AddressInfo,
  createServer,
  type Server,
  type Socket,
} from "node:net";
import { createServer as createTls, type TlsOptions } from "node:tls";

import type { TestAuthority } from "../support/test-authority.js";

/** A server that does exactly what its test says, on 127.0.0.1. */
export interface RawOrigin {
  scheme: "http" | "https";
  host: string;
  port: number;
  /** Accepted so far, and still open. */
  sockets: Set<Socket>;
  accepted(): number;
  close(): void;
}

export async function listening(
  scheme: "http" | "https",
  server: Server,
  host = "127.0.0.1",
): Promise<RawOrigin> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  return {
    scheme,
    host,
    port: (server.address() as AddressInfo).port,
    sockets,
    accepted: () => accepted,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Plain TCP; `play` gets each connection. */
export function rawOrigin(
  play: (socket: Socket) => void,
  host?: string,
): Promise<RawOrigin> {
  return listening("http", createServer(play), host);
}

/** Answers each request head on a connection with `answer(socket, head)`, bytes as they are. */
export function rawAnswers(
  answer: (socket: Socket, head: string) => void,
): Promise<RawOrigin> {
  return rawOrigin((socket) => {
    let read = "";
    socket.on("data", (chunk: Buffer) => {
      read += chunk.toString("latin1");
      for (;;) {
        const end = read.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = read.slice(0, end);
        read = read.slice(end + 4);
        answer(socket, head);
      }
    });
  });
}

/** TLS, by whatever certificate and versions the test gives. */
export function tlsOrigin(
  options: TlsOptions,
  play: (socket: Socket) => void = () => {},
): Promise<RawOrigin> {
  const server = createTls(options, (socket) => {
    socket.on("error", () => {});
    play(socket);
  });
  server.on("tlsClientError", () => {});
  return listening("https", server);
}

/** HTTP/2 over TLS; `play` gets each stream, and what closes the TCP connections under all of them. */
export function h2Origin(
  authority: TestAuthority,
  play: (stream: ServerHttp2Stream, cut: () => void) => void,
  settings: { maxConcurrentStreams?: number } = {},
): Promise<RawOrigin> {
  const http2 = createHttp2({ settings });
  http2.on("sessionError", () => {});
  return tlsOrigin(
    { ...authority.issue(["127.0.0.1"]), ALPNProtocols: ["h2"] },
    (socket) => {
      http2.emit("connection", socket);
    },
  ).then((origin) => {
    http2.on("session", (session) => {
      session.on("error", () => {});
      session.on("stream", (stream, _headers, flags) => {
        stream.on("error", () => {});
        // A node:http2 server whose request was never read resets the stream in place of its END_STREAM now and then.
        if ((flags & 1) !== 0) stream.resume();
        play(stream, () => {
          for (const socket of origin.sockets) socket.destroy();
        });
      });
    });
    return origin;
  });
}
