import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { TLSSocket } from "node:tls";

import { hearErrors } from "./error-listeners.js";
import type { InterceptLimits } from "./limits.js";
import type { TrackedConnection } from "./tracked-connection.js";

/** One stream as Node's stream API gives it. */
export type OnStream = (
  stream: ServerHttp2Stream,
  endOfStream: boolean,
  rawHeaders: string[],
) => void;

/**
 * The server that makes HTTP/2 sessions of TLS sockets. It has no `request` listener, so that no objects of Node's
 * compatibility API are made (FACTS L19). Node's and nghttp2's guards against floods of resets, pings and settings stay as
 * they are (FACTS L18).
 */
export function createH2Server(limits: InterceptLimits): Http2Server {
  const server = createServer({
    // Megabytes. What is written and not yet sent counts too: 10, Node's default, refuses streams of a client that loads
    // forty modules at once and reads slowly.
    maxSessionMemory: 128,
    maxHeaderListPairs: 512,
    settings: {
      maxConcurrentStreams: 250,
      maxHeaderListSize: limits.maxHeaderBytes,
      // What clients upload is small (git's wants and haves); what counts goes down.
      initialWindowSize: 262_144,
      enableConnectProtocol: false,
    },
  });
  hearErrors(server);
  return server;
}

/** Sessions made by `createH2Server`, with their limits: SETTINGS at first, then a stream now and then. */
export function openH2Session(
  server: Http2Server,
  tls: TLSSocket,
  connection: TrackedConnection,
  limits: InterceptLimits,
  nowMs: () => number,
  onStream: (idle: () => void) => OnStream,
): void {
  server.once("session", (session: ServerHttp2Session) => {
    hearErrors(session);
    const goAway = (): void => {
      if (!session.closed && !session.destroyed) session.close();
    };
    const idle = (): void => {
      if (!connection.draining)
        connection.awaitRequest(nowMs() + limits.idleMs);
    };
    const expire = (): void => {
      goAway();
      const destroy = (): void => {
        connection.socket.destroy();
      };
      connection.enter(
        { drain() {}, expire: destroy },
        nowMs() + limits.lingerMs,
      );
    };
    connection.enter({ drain: goAway, expire }, nowMs() + limits.requestHeadMs);
    session.once("remoteSettings", () => {
      if (connection.open.size === 0) idle();
    });
    const handle = onStream(idle);
    session.on("stream", (stream, _headers, flags, ...rest: unknown[]) => {
      connection.busy();
      const [rawHeaders] = rest as [string[]];
      handle(
        stream,
        (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
        rawHeaders,
      );
    });
  });
  server.emit("connection", tls);
}
