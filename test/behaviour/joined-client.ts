import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import tls from "node:tls";

import { HOST, type Joined } from "./joined.js";

/** How the client saw an answer. */
export interface Seen {
  /** Undefined: no head came. */
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** A clean end: what a client takes for the whole body. */
  whole: boolean;
}

export type ClientProtocol = "h2" | "h1";

/** A request under way. */
interface Asked {
  seen: Promise<Seen>;
  /** Resolves with the head's status; never where none comes. */
  head: Promise<number>;
  /** Body bytes so far. */
  bytes(): number;
  resume(): void;
  /** RST_STREAM CANCEL, or the connection is closed. */
  cancel(): void;
}

interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Without it the head's Host is what the connection was made for. */
  authority?: string;
  /** Reads nothing of the body before `resume`. */
  paused?: boolean;
}

/** A client's TLS connection through gotap. */
export interface Client {
  socket: tls.TLSSocket;
  ask(path: string, options?: AskOptions): Asked;
  /** Asks and waits for the end. */
  get(path: string, options?: AskOptions): Promise<Seen>;
  close(): void;
}

/** CONNECT, and what gotap says to it. */
export async function connectThrough(
  joined: Joined,
  authority: string,
  options: { credentials?: string | undefined; userAgent?: string } = {},
): Promise<{ status: number; text: string; socket: net.Socket }> {
  const socket = net.connect(joined.port, "127.0.0.1");
  socket.on("error", () => {});
  joined.own({ close: () => socket.destroy() });
  const { userAgent = "Go-http-client/1.1" } = options;
  const credentials =
    "credentials" in options ? options.credentials : joined.credentials;
  const authorization =
    credentials === undefined ? "" : `Proxy-Authorization: ${credentials}\r\n`;
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: ${userAgent}\r\n${authorization}\r\n`,
  );
  const answer = await readHead(socket);
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
  return { status, text: answer, socket };
}

/** Everything up to the empty line, and for a refusal what follows it until the end. */
function readHead(socket: net.Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const done = (): void => {
      socket.off("data", read);
      socket.off("close", closed);
      socket.pause();
      resolve(text);
    };
    const read = (chunk: Buffer): void => {
      text += chunk.toString("latin1");
      if (/^HTTP\/1\.1 200 .*\r\n\r\n/s.test(text)) done();
    };
    const closed = (): void => {
      if (text === "") reject(new Error("closed without an answer"));
      else done();
    };
    socket.on("data", read);
    socket.on("close", closed);
  });
}

/** TLS with gotap inside a CONNECT. @throws Error when CONNECT is refused */
export async function secured(
  joined: Joined,
  authority: string,
  protocol: ClientProtocol,
): Promise<tls.TLSSocket> {
  const { status, text, socket } = await connectThrough(joined, authority);
  if (status !== 200) throw new Error(text);
  return new Promise((resolve, reject) => {
    const secure = tls.connect({
      socket,
      servername: authority.replace(/:\d+$/, ""),
      ca: joined.ca,
      ALPNProtocols: [protocol === "h2" ? "h2" : "http/1.1"],
    });
    secure.once("secureConnect", () => resolve(secure));
    secure.on("error", reject);
  });
}

/** A client of either protocol for one origin. */
export async function client(
  joined: Joined,
  protocol: ClientProtocol,
  port: number,
  host = HOST,
): Promise<Client> {
  const authority = `${host}:${port}`;
  const socket = await secured(joined, authority, protocol);
  return protocol === "h2"
    ? h2Client(socket, authority)
    : h1Client(socket, authority);
}

function h2Client(socket: tls.TLSSocket, authority: string): Client {
  const session = http2.connect(`https://${authority}`, {
    createConnection: () => socket,
    settings: { initialWindowSize: 1 << 20 },
  });
  session.on("error", () => {});
  const ask = (path: string, options: AskOptions = {}): Asked => {
    const stream = session.request(
      {
        ":method": options.method ?? "GET",
        ":path": path,
        ...(options.authority === undefined
          ? {}
          : { ":authority": options.authority }),
        ...options.headers,
      },
      { endStream: options.body === undefined },
    );
    if (options.body !== undefined) stream.end(options.body);
    const seen = emptySeen();
    let sawEnd = false;
    let headed: (status: number) => void = () => {};
    const head = new Promise<number>((resolve) => {
      headed = resolve;
    });
    stream.on("response", (headers) => {
      const { ":status": status, ...rest } = headers;
      seen.status = status ?? 0;
      seen.headers = rest;
      headed(seen.status);
    });
    const parts = collect(stream, options.paused);
    stream.on("end", () => {
      sawEnd = true;
    });
    stream.on("error", () => {});
    return {
      head,
      bytes: () => parts.bytes,
      resume: () => parts.start(),
      cancel: () => stream.close(http2.constants.NGHTTP2_CANCEL),
      seen: new Promise((resolve) => {
        stream.on("close", () => {
          seen.body = Buffer.concat(parts.chunks);
          seen.whole = sawEnd && stream.rstCode === 0;
          resolve(seen);
        });
      }),
    };
  };
  return {
    socket,
    ask,
    get: (path, options) => ask(path, options).seen,
    close: () => session.destroy(),
  };
}

function h1Client(socket: tls.TLSSocket, authority: string): Client {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => socket;
  const ask = (path: string, options: AskOptions = {}): Asked => {
    const request = http.request({
      method: options.method ?? "GET",
      path,
      agent,
      headers: { host: options.authority ?? authority, ...options.headers },
    });
    const seen = emptySeen();
    let parts: Collected | undefined;
    let wanted = options.paused !== true;
    let headed: (status: number) => void = () => {};
    const head = new Promise<number>((resolve) => {
      headed = resolve;
    });
    const over = new Promise<Seen>((resolve) => {
      request.on("error", () => {
        if (parts === undefined) resolve(seen);
      });
      request.on("response", (response) => {
        seen.status = response.statusCode ?? 0;
        seen.headers = response.headers;
        const collected = collect(response, !wanted);
        parts = collected;
        response.on("error", () => {});
        response.on("close", () => {
          seen.body = Buffer.concat(collected.chunks);
          seen.whole = response.complete && response.readableEnded;
          resolve(seen);
        });
        headed(seen.status);
      });
    });
    request.end(options.body);
    return {
      head,
      bytes: () => parts?.bytes ?? 0,
      resume() {
        wanted = true;
        parts?.start();
      },
      cancel: () => void socket.destroy(),
      seen: over,
    };
  };
  return {
    socket,
    ask,
    get: (path, options) => ask(path, options).seen,
    close() {
      agent.destroy();
      socket.destroy();
    },
  };
}

interface Collected {
  chunks: Buffer[];
  bytes: number;
  start(): void;
}

function collect(
  stream: NodeJS.ReadableStream,
  paused: boolean | undefined,
): Collected {
  let started = false;
  const collected: Collected = {
    chunks: [],
    bytes: 0,
    start() {
      if (started) {
        stream.resume();
        return;
      }
      started = true;
      stream.on("data", (chunk: Buffer) => {
        collected.bytes += chunk.length;
        // Of large bodies the length is enough.
        if (collected.bytes < 1 << 20) collected.chunks.push(chunk);
      });
    },
  };
  if (paused !== true) collected.start();
  return collected;
}

function emptySeen(): Seen {
  return {
    status: undefined,
    headers: {},
    body: Buffer.alloc(0),
    whole: false,
  };
}
