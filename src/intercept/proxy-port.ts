import type { IncomingMessage, Server } from "node:http";
import type { Http2Server } from "node:http2";
import type { Socket } from "node:net";
import type { SecureContext, TLSSocket } from "node:tls";

import type { Origin } from "../model/way.js";
import { answerConnect } from "./connect.js";
import type { ConnectionTable } from "./connection-table.js";
import { errorCode } from "./error-listeners.js";
import { answerRefusal, H1Door } from "./h1-door.js";
import type { ExchangeResponse } from "./h1-response.js";
import { createH1Server, type H1Events } from "./h1-server.js";
import { receiveStream } from "./h2-request.js";
import { createH2Server, openH2Session } from "./h2-session.js";
import type { Intercepting } from "./interceptor-options.js";
import { receivePlainRequest } from "./plain-request.js";
import { Shell } from "./shell.js";
import { terminateTls } from "./tls-termination.js";
import type { TrackedConnection } from "./tracked-connection.js";

/** The proxy's port and what stands behind it: one HTTP/1 and one HTTP/2 server for the insides of all CONNECTs. */
export class ProxyPort {
  readonly #context: Intercepting;
  readonly #table: ConnectionTable;
  readonly #shell = new Shell();
  readonly #inside: Server;
  readonly #h2: Http2Server;
  /** By the socket that a request came on: the connection's, or the TLS socket on it. */
  readonly #doors = new WeakMap<Socket, H1Door>();

  constructor(context: Intercepting, table: ConnectionTable) {
    this.#context = context;
    this.#table = table;
    this.#h2 = createH2Server(context.limits);
    this.#inside = createH1Server(context.limits, {
      request: (request, response) => {
        const door = this.#doors.get(request.socket);
        const message = door?.receive(request, response);
        if (message !== undefined) door?.forward(message);
      },
      connect: (_request, socket) => {
        this.#doors.get(socket as Socket)?.refuse({
          status: 501,
          text: "gotap: request refused: CONNECT inside another connection",
        });
      },
      broken: this.#broken,
    });
    this.#shell.onConnect((request, socket, head: Buffer) => {
      this.#onConnect(request, socket as Socket, head);
    });
    this.#shell.onRequest((shellContext) => {
      this.#onPlainRequest(
        shellContext.clientToProxyRequest,
        shellContext.proxyToClientResponse as ExchangeResponse,
      );
    });
    this.#shell.onError((_context, error, kind) => {
      context.log.debug(`client side: ${kind ?? "error"}: ${errorCode(error)}`);
    });
  }

  /** A server for one address, not bound yet. */
  createServer(): Server {
    const server = createH1Server(this.#context.limits, {
      request: (request, response) => {
        this.#shell.request(request, response);
      },
      connect: (request, socket, head) => {
        this.#shell.connect(request, socket, head);
      },
      broken: this.#broken,
    });
    // Before Node's own listener: a connection over the limit is closed before a byte of it is parsed.
    server.prependListener("connection", (socket: Socket) => {
      const connection = this.#table.add(socket);
      if (connection !== undefined)
        this.#doors.set(socket, new H1Door(this.#context, connection, socket));
    });
    return server;
  }

  readonly #broken: H1Events["broken"] = (socket, refusal) => {
    const door = this.#doors.get(socket as Socket);
    if (door === undefined) socket.destroy();
    else door.refuse(refusal);
  };

  #onConnect(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const connection = this.#table.of(socket);
    if (connection === undefined) {
      socket.destroy();
      return;
    }
    const context = this.#context;
    // A CONNECT behind unanswered requests: their answers have nowhere to go.
    if (connection.open.size > 0) {
      this.#doors.get(socket)?.refuse(undefined);
      return;
    }
    answerConnect(context, connection, request, head, this.#openTls).catch(
      (error: unknown) => {
        context.log.error(`a CONNECT failed: ${errorCode(error)}`);
        socket.destroy();
      },
    );
  }

  #onPlainRequest(request: IncomingMessage, response: ExchangeResponse): void {
    const message = this.#doors.get(request.socket)?.receive(request, response);
    if (message === undefined) return;
    const context = this.#context;
    receivePlainRequest(context, message, (refusal) => {
      answerRefusal(message.answer, response, refusal);
    }).catch((error: unknown) => {
      context.log.error(`a request failed: ${errorCode(error)}`);
      message.answer.reset();
    });
  }

  readonly #openTls = (
    connection: TrackedConnection,
    origin: Origin,
    deadlineAtMs: number,
  ): void => {
    const context = this.#context;
    let certificate: SecureContext;
    try {
      certificate = context.contextFor(origin.host);
    } catch (error) {
      context.log.error(`no certificate could be made: ${errorCode(error)}`);
      connection.socket.destroy();
      return;
    }
    terminateTls(connection, certificate, deadlineAtMs, {
      secure: (tls) => {
        this.#serve(tls, connection, origin);
      },
      refused: (code) => {
        context.onRefusedCertificate(connection.info, origin, code);
      },
    });
  };

  #serve(tls: TLSSocket, connection: TrackedConnection, origin: Origin): void {
    const context = this.#context;
    const { clock, limits } = context;
    const nowMs = (): number => clock.nowMs();
    if (tls.alpnProtocol !== "h2") {
      this.#doors.set(tls, new H1Door(context, connection, tls, origin));
      this.#inside.emit("connection", tls);
      return;
    }
    openH2Session(this.#h2, tls, connection, limits, nowMs, (idle) => {
      const streamContext = {
        connection,
        origin,
        log: context.log,
        nowMs,
        idle,
        onRequest: context.onRequest,
      };
      return (stream, endOfStream, rawHeaders) => {
        receiveStream(streamContext, stream, endOfStream, rawHeaders);
      };
    });
  }
}
