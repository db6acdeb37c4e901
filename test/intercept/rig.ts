import http2 from "node:http2";
import net from "node:net";
import { join } from "node:path";
import tls from "node:tls";

import { loadAuthority } from "../../certs/authority.js";
import { LeafCache } from "../../certs/leaf-cache.js";
import type { InterceptorOptions } from "../../src/intercept/interceptor.js";
import { startInterceptor } from "../../src/intercept/interceptor.js";
import type {
  Admission,
  Arrival,
  ClientConnection,
  ClientRequest,
  ClientTunnel,
} from "../../src/model/client.js";
import type { Clock } from "../../src/model/clock.js";
import { SILENT } from "../../src/model/log.js";
import type { Origin } from "../../src/model/way.js";
import { makeFolder, removeFolder } from "../support/temp-folder.js";

const startedAt = performance.now();

const realClock: Clock = {
  nowMs: () => Math.round((performance.now() - startedAt) * 1000) / 1000,
  nowUnixNano: () => BigInt(Date.now()) * 1_000_000n,
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.ceil(delayMs));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Answers 200 with what was asked. */
export function echo(request: ClientRequest): void {
  const text = `${request.method} ${request.origin.scheme}://${request.origin.host}:${request.origin.port}${request.target}\n`;
  request.response.head({
    status: 200,
    headers: [["Content-Type", "text/plain"]],
    contentLength: Buffer.byteLength(text),
  });
  request.response.sink.write(Buffer.from(text));
  request.response.sink.end();
}

/** What the interceptor told, and what it is to do. */
export interface Rig {
  port: number;
  ca: string;
  caFile: string;
  arrivals: Arrival[];
  requests: ClientRequest[];
  tunnels: ClientTunnel[];
  refused: { connection: ClientConnection; origin: Origin; code: string }[];
  closed: ClientConnection[];
  admission: (arrival: Arrival) => Admission | Promise<Admission>;
  onRequest: (request: ClientRequest) => void;
  onTunnel: (tunnel: ClientTunnel) => void;
  frontAllows: (runId: string | undefined, origin: Origin) => boolean;
  connections(): number;
  close(graceMs: number): Promise<void>;
  /** Stops everything and removes the folder. */
  end(): Promise<void>;
}

export async function startRig(
  options: Pick<InterceptorOptions, "limits"> &
    Partial<Pick<InterceptorOptions, "listen" | "contextFor">> = {},
): Promise<Rig> {
  const folder = makeFolder("intercept");
  const authority = await loadAuthority(join(folder, "ca"));
  const leaves = new LeafCache(authority);
  const rig: Rig = {
    port: 0,
    ca: authority.certPem,
    caFile: join(folder, "ca", "current", "ca.pem"),
    arrivals: [],
    requests: [],
    tunnels: [],
    refused: [],
    closed: [],
    admission: () => ({ action: "open" }),
    onRequest: echo,
    onTunnel: () => {},
    frontAllows: () => false,
    connections: () => interceptor.connections(),
    close: (graceMs) => interceptor.close(graceMs),
    async end() {
      await interceptor.close(0);
      removeFolder(folder);
    },
  };
  const interceptor = await startInterceptor({
    listen: { host: "127.0.0.1", port: 0 },
    clock: realClock,
    log: SILENT,
    contextFor: (host) => leaves.contextFor(host),
    admit: async (arrival) => {
      rig.arrivals.push(arrival);
      return rig.admission(arrival);
    },
    onRequest: (request) => {
      rig.requests.push(request);
      rig.onRequest(request);
    },
    onTunnel: (tunnel) => {
      rig.tunnels.push(tunnel);
      rig.onTunnel(tunnel);
    },
    onRefusedCertificate: (connection, origin, code) => {
      rig.refused.push({ connection, origin, code });
    },
    onConnectionClosed: (connection) => {
      rig.closed.push(connection);
    },
    front: { allowed: (runId, origin) => rig.frontAllows(runId, origin) },
    ...options,
  });
  rig.port = interceptor.addresses[0]?.port ?? 0;
  return rig;
}

/** A plain connection to the proxy whose bytes are kept. */
export class Wire {
  text = "";
  ended = false;
  closed = false;
  error: string | undefined;

  constructor(readonly socket: net.Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.text += chunk.toString("latin1");
    });
    socket.on("end", () => {
      this.ended = true;
    });
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.error = error.code ?? error.message;
    });
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Waits for a text among the bytes; fails where the connection closes before. */
  async until(wanted: string | RegExp): Promise<string> {
    const has = (): boolean =>
      typeof wanted === "string"
        ? this.text.includes(wanted)
        : wanted.test(this.text);
    for (;;) {
      if (has()) return this.text;
      if (this.closed)
        throw new Error(`closed before ${String(wanted)}: ${this.text}`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.socket.off("data", done).off("close", done);
          resolve();
        };
        this.socket.on("data", done).on("close", done);
      });
    }
  }

  async whenClosed(): Promise<string> {
    if (!this.closed)
      await new Promise<void>((resolve) => {
        this.socket.once("close", () => resolve());
      });
    return this.text;
  }
}

export async function dial(port: number): Promise<Wire> {
  const socket = net.connect({ host: "127.0.0.1", port });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return new Wire(socket);
}

/** CONNECT, answered with 200; the socket is ready for TLS or anything else. */
export async function connectThrough(
  rig: Rig,
  target = "example.com:443",
  fields = "",
): Promise<net.Socket> {
  const wire = await dial(rig.port);
  wire.send(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${fields}\r\n`);
  const answer = await wire.until("\r\n\r\n");
  if (!answer.startsWith("HTTP/1.1 200 ")) throw new Error(answer);
  wire.socket.removeAllListeners("data");
  return wire.socket;
}

export async function tlsThrough(
  rig: Rig,
  alpn: string[],
  target = "example.com:443",
  options: tls.ConnectionOptions = {},
): Promise<tls.TLSSocket> {
  const socket = await connectThrough(rig, target);
  const host = target.replace(/:\d+$/, "").replaceAll(/[[\]]/g, "");
  const secure = tls.connect({
    socket,
    ca: rig.ca,
    ALPNProtocols: alpn,
    ...(net.isIP(host) ? { host } : { servername: host }),
    ...options,
  });
  await new Promise<void>((resolve, reject) => {
    secure.once("secureConnect", resolve);
    secure.once("error", reject);
  });
  return secure;
}

/** An HTTP/1.1 connection inside a CONNECT. */
export async function h1Through(rig: Rig, target?: string): Promise<Wire> {
  return new Wire(await tlsThrough(rig, ["http/1.1"], target));
}

/** An HTTP/2 session inside a CONNECT. */
export async function h2Through(
  rig: Rig,
  target = "example.com:443",
): Promise<http2.ClientHttp2Session> {
  const secure = await tlsThrough(rig, ["h2"], target);
  const session = http2.connect(`https://${target}`, {
    createConnection: () => secure,
  });
  session.on("error", () => {});
  return session;
}

export interface H2Answer {
  status: number;
  headers: http2.IncomingHttpHeaders;
  raw: string[];
  body: string;
  trailers: http2.IncomingHttpHeaders | undefined;
  /** 0 for a clean end. */
  rstCode: number;
  error: string | undefined;
}

/** One whole exchange; an answer that was cut has its `rstCode`. */
export function h2Get(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string,
): Promise<H2Answer> {
  return new Promise((resolve) => {
    const stream = session.request(headers, { endStream: body === undefined });
    const answer: H2Answer = {
      status: 0,
      headers: {},
      raw: [],
      body: "",
      trailers: undefined,
      rstCode: 0,
      error: undefined,
    };
    stream.on("response", (got, _flags, ...rest: unknown[]) => {
      answer.status = got[":status"] ?? 0;
      answer.headers = got;
      answer.raw = (rest as [string[]])[0] ?? [];
    });
    stream.on("trailers", (got) => {
      answer.trailers = got;
    });
    stream.on("data", (chunk: Buffer) => {
      answer.body += chunk.toString();
    });
    stream.on("error", (error: NodeJS.ErrnoException) => {
      answer.error = error.code;
    });
    stream.on("close", () => {
      answer.rstCode = stream.rstCode ?? 0;
      resolve(answer);
    });
    if (body !== undefined) stream.end(body);
  });
}
