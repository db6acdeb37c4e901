import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Duplex } from "node:stream";

import { errorCode, hearErrors } from "./error-listeners.js";
import { ExchangeResponse } from "./h1-response.js";
import type { InterceptLimits } from "./limits.js";
import type { Refusal } from "./refusal.js";

export interface H1Events {
  /** Also one that expects 100: nothing has been answered. */
  request(request: IncomingMessage, response: ExchangeResponse): void;
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The bytes are no HTTP request; `refusal` is absent where the client is gone anyway. */
  broken(socket: Duplex, refusal: Refusal | undefined): void;
}

/**
 * An HTTP/1 server without Node's own limits, dates and answers: limits are TrackedConnection's (FACTS L26), and every refusal
 * says why. It does not listen by itself: sockets are handed over with `emit("connection")`, or the caller binds it.
 */
export function createH1Server(
  limits: InterceptLimits,
  events: H1Events,
): Server<typeof IncomingMessage, typeof ExchangeResponse> {
  const server = createServer<typeof IncomingMessage, typeof ExchangeResponse>({
    ServerResponse: ExchangeResponse,
    maxHeaderSize: limits.maxHeaderBytes,
    requireHostHeader: false,
    keepAliveTimeout: 0,
    headersTimeout: 0,
    requestTimeout: 0,
  });
  server.timeout = 0;
  hearErrors(server);
  const onRequest = (
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    events.request(request, response as ExchangeResponse);
  };
  server.on("request", onRequest);
  server.on("checkContinue", onRequest);
  // RFC 9110 §10.1.1: an unknown expectation may be ignored; what it asks for is the next server's to refuse.
  server.on("checkExpectation", onRequest);
  server.on("connect", (request, socket, head) => {
    events.connect(request, socket, head);
  });
  server.on("clientError", (error, socket) => {
    events.broken(socket, refusalOf(errorCode(error)));
  });
  return server;
}

function refusalOf(code: string): Refusal | undefined {
  if (code === "HPE_HEADER_OVERFLOW")
    return { status: 431, text: "gotap: the request's head is too large" };
  if (code === "HPE_INVALID_EOF_STATE") return undefined;
  if (code.startsWith("HPE_"))
    return {
      status: 400,
      text: "gotap: this is no HTTP request (the proxy's port speaks plain HTTP)",
    };
  return undefined;
}
