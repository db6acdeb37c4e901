import { type IncomingMessage, ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

import type { BodySink } from "../model/body.js";
import type { ClientResponse, ResponseHead } from "../model/client.js";
import type { HeaderList } from "../model/headers.js";
import type { Log } from "../model/log.js";
import { errorCode, hearErrors } from "./error-listeners.js";
import { flushHeadLater } from "./head-flush.js";
import { flattenFields } from "./raw-fields.js";
import { BodyCount, hasNoBody, headFields } from "./response-fields.js";
import type { OpenExchange, TrackedConnection } from "./tracked-connection.js";

/** Node's response with a way to ours, so that one listener function serves all requests. */
export class ExchangeResponse<
  Request extends IncomingMessage = IncomingMessage,
> extends ServerResponse<Request> {
  exchange: H1Response | undefined;
}

function onFinish(this: ExchangeResponse): void {
  this.exchange?.handedOver();
}

function onDrain(this: ExchangeResponse): void {
  this.exchange?.drained();
}

/** The answer to one HTTP/1 request. */
export class H1Response implements ClientResponse, BodySink, OpenExchange {
  readonly sink: BodySink = this;
  readonly #response: ExchangeResponse;
  readonly #connection: TrackedConnection;
  /** The connection's socket, or the TLS socket on it. */
  readonly #socket: Socket;
  readonly #log: Log;
  readonly #idle: () => void;
  readonly #drainListeners: (() => void)[] = [];
  #gone: (() => void) | undefined;
  #isGone = false;
  #isDone = false;
  #hasBody = true;
  #count: BodyCount | undefined;
  /** Only the end of the connection ends the body (HTTP/1.0): a clean close would look complete. */
  #endsWithConnection = false;

  /** @param idle called when nothing is open on the connection any more */
  constructor(
    response: ExchangeResponse,
    connection: TrackedConnection,
    log: Log,
    idle: () => void,
  ) {
    this.#response = response;
    this.#connection = connection;
    this.#socket = response.req.socket;
    this.#log = log;
    this.#idle = idle;
    connection.open.add(this);
    response.exchange = this;
    response.sendDate = false;
    hearErrors(response);
    response.on("finish", onFinish);
  }

  head(head: ResponseHead): void {
    const response = this.#response;
    if (this.#isDone || response.headersSent) return;
    const { method, httpVersion } = response.req;
    const isOld = httpVersion === "1.0";
    if (isOld || this.#connection.draining) response.shouldKeepAlive = false;
    // Without Connection an HTTP/1.1 connection persists; Node would add it, and Keep-Alive, to each answer.
    if (response.shouldKeepAlive) response.removeHeader("connection");
    this.#hasBody = !hasNoBody(method ?? "", head.status);
    this.#endsWithConnection =
      isOld && this.#hasBody && head.contentLength === undefined;
    if (this.#hasBody) this.#count = new BodyCount(head.contentLength);
    const isChunked =
      !isOld && this.#hasBody && head.contentLength === undefined;
    try {
      response.writeHead(
        head.status,
        STATUS_CODES[head.status] ?? "Unknown",
        flattenFields(headFields(head, isChunked)),
      );
    } catch (error) {
      this.#log.error(`a response head cannot be written: ${errorCode(error)}`);
      this.reset();
      return;
    }
    flushHeadLater(response);
  }

  informational(head: ResponseHead): void {
    const response = this.#response;
    const { socket } = response;
    if (this.#isDone || response.headersSent || socket === null) return;
    if (response.req.httpVersion === "1.0") return;
    // Only the body's start says 100: the client must not hear it twice.
    if (head.status < 102 || head.status > 199) return;
    const fields = headFields(head, false)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
    socket.write(
      `HTTP/1.1 ${head.status} ${STATUS_CODES[head.status] ?? "Unknown"}\r\n${fields}\r\n`,
      "latin1",
    );
  }

  write(chunk: Uint8Array): boolean {
    if (this.#isDone || !this.#hasBody) return true;
    // Without a head Node would invent a 200.
    const isFaulty = !this.#response.headersSent;
    if (isFaulty || this.#count?.add(chunk.byteLength) === false) {
      this.reset();
      return true;
    }
    return this.#response.write(chunk);
  }

  onDrain(listener: () => void): void {
    if (this.#drainListeners.length === 0) this.#response.on("drain", onDrain);
    this.#drainListeners.push(listener);
  }

  drained(): void {
    for (const listener of this.#drainListeners) listener();
  }

  end(trailers?: HeaderList): void {
    if (this.#isDone || this.#response.writableEnded) return;
    if (!this.#response.headersSent || this.#count?.isShort === true) {
      this.reset();
      return;
    }
    if (trailers !== undefined && this.#response.chunkedEncoding)
      this.#response.addTrailers(
        trailers.map(([name, value]): [string, string] => [name, value]),
      );
    this.#response.end();
  }

  reset(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#connection.open.delete(this);
    if (this.#endsWithConnection) this.#connection.socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#gone = listener;
  }

  clientGone(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#isGone = true;
    const gone = this.#gone;
    this.#gone = undefined;
    gone?.();
  }

  /** The last byte was given to the kernel. */
  handedOver(): void {
    this.#isDone = true;
    this.#connection.open.delete(this);
    if (this.#connection.open.size > 0) return;
    if (this.#connection.draining) this.#socket.destroySoon();
    else this.#idle();
  }
}
