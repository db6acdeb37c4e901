import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

import { headerValue } from "../model/headers.js";
import type { Origin } from "../model/way.js";
import { checkRequestHead } from "../policy/header-check.js";
import { h1ClientRequest, type H1Message, protocolOf } from "./h1-request.js";
import { type ExchangeResponse, H1Response } from "./h1-response.js";
import { setUserAgent } from "./h2-request.js";
import type { Intercepting } from "./interceptor-options.js";
import { pairFields } from "./raw-fields.js";
import {
  type Refusal,
  refusalBody,
  refusalFields,
  refuseOnSocket,
} from "./refusal.js";
import type { TrackedConnection } from "./tracked-connection.js";

/** One HTTP/1 connection, plain or inside TLS, from its first request's first byte to its end. */
export class H1Door {
  readonly #context: Intercepting;
  readonly #connection: TrackedConnection;
  /** The connection's socket, or the TLS socket on it. */
  readonly #socket: Socket;
  /** The CONNECT's target; undefined on the proxy's own port. */
  readonly #origin: Origin | undefined;
  #isRefused = false;

  constructor(
    context: Intercepting,
    connection: TrackedConnection,
    socket: Socket,
    origin?: Origin,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#socket = socket;
    this.#origin = origin;
    const stage = {
      drain: (): void => {
        if (connection.open.size === 0) socket.destroySoon();
      },
      expire: (): void => {
        socket.destroySoon();
        this.#linger();
      },
      slowHead: (): void => {
        this.refuse({
          status: 408,
          text: "gotap: the request's head took too long",
        });
      },
    };
    connection.enter(stage, Infinity);
    // Node ends its side when the client ended its own, answered or not: for us such a client is gone.
    socket.once("end", () => {
      if (connection.stage === stage) connection.gone();
    });
    this.idle();
  }

  readonly idle = (): void => {
    const { clock, limits } = this.#context;
    this.#connection.awaitRequest(clock.nowMs() + limits.idleMs);
  };

  /** Checks a request's head; what it refuses is answered already. */
  receive(
    request: IncomingMessage,
    response: ExchangeResponse,
  ): H1Message | undefined {
    // Where one request was refused, nobody knows where the next begins.
    if (this.#isRefused) return undefined;
    const connection = this.#connection;
    connection.busy();
    const { log } = this.#context;
    const answer = new H1Response(response, connection, log, this.idle);
    const fields = pairFields(request.rawHeaders);
    const checked = checkRequestHead({
      protocol: protocolOf(request),
      method: request.method ?? "",
      target: request.url ?? "",
      rawHeaders: fields,
      ...(this.#origin === undefined ? {} : { connectAuthority: this.#origin }),
    });
    if (!checked.ok) {
      this.#isRefused = true;
      answerRefusal(answer, response, checked);
      return undefined;
    }
    setUserAgent(connection, fields);
    return {
      connection,
      request,
      response,
      fields,
      checked,
      answer,
      expectsContinue:
        request.httpVersion === "1.1" &&
        headerValue(fields, "expect")?.toLowerCase() === "100-continue",
    };
  }

  /** A checked request inside a CONNECT. */
  forward(message: H1Message): void {
    const { checked } = message;
    const route = {
      via: "connect" as const,
      origin: checked.origin,
      target: checked.target,
      hostHeader: checked.hostHeader,
    };
    this.#context.onRequest(
      h1ClientRequest(message, route, this.#context.clock.nowMs()),
    );
  }

  /** The bytes that came are no request: nothing can be answered in its own place, and the connection is closed. */
  refuse(refusal: Refusal | undefined): void {
    const connection = this.#connection;
    // In the middle of another answer the text would be taken for a part of it.
    if (refusal === undefined || connection.open.size > 0) {
      connection.socket.destroy();
      return;
    }
    const { clock, limits } = this.#context;
    const untilMs = clock.nowMs() + limits.lingerMs;
    refuseOnSocket(connection, this.#socket, refusal, untilMs);
  }

  #linger(): void {
    const { clock, limits } = this.#context;
    const destroy = (): void => {
      this.#connection.socket.destroy();
    };
    this.#connection.enter(
      { drain: destroy, expire: destroy },
      clock.nowMs() + limits.lingerMs,
    );
  }
}

/** Refuses a request in its place among the pipelined ones, and closes behind it. */
export function answerRefusal(
  answer: H1Response,
  response: ExchangeResponse,
  refusal: Refusal,
): void {
  const body = refusalBody(refusal);
  response.shouldKeepAlive = false;
  answer.head({
    status: refusal.status,
    headers: refusalFields(refusal, body),
    contentLength: body.byteLength,
  });
  answer.write(body);
  answer.end();
}
