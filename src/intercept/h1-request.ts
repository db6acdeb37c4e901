import type { IncomingMessage } from "node:http";

import type { ClientRequest } from "../model/client.js";
import type { HeaderList } from "../model/headers.js";
import type { CheckedRequest } from "../policy/header-check.js";
import { requestFields } from "../policy/end-to-end.js";
import { H1Body } from "./h1-body.js";
import type { ExchangeResponse, H1Response } from "./h1-response.js";
import type { TrackedConnection } from "./tracked-connection.js";

/** What one HTTP/1 request is made of, before its way is known. */
export interface H1Message {
  connection: TrackedConnection;
  request: IncomingMessage;
  response: ExchangeResponse;
  fields: HeaderList;
  checked: CheckedRequest;
  answer: H1Response;
  expectsContinue: boolean;
}

/** A checked HTTP/1 request for the relay. */
export function h1ClientRequest(
  message: H1Message,
  route: Pick<ClientRequest, "via" | "origin" | "target" | "hostHeader">,
  receivedAtMs: number,
): ClientRequest {
  const { connection, request, checked } = message;
  return {
    connection: connection.info,
    via: route.via,
    protocol: protocolOf(request),
    method: request.method ?? "GET",
    origin: route.origin,
    target: route.target,
    // The answer 100 is ours (H1Body): the next server must not be asked for another.
    headers: withoutExpect(requestFields(message.fields), message),
    hostHeader: route.hostHeader,
    body:
      checked.hasBody === true
        ? new H1Body(request, message.response, message.expectsContinue)
        : undefined,
    receivedAtMs,
    response: message.answer,
  };
}

export function protocolOf(request: IncomingMessage): "1.0" | "1.1" {
  return request.httpVersion === "1.0" ? "1.0" : "1.1";
}

function withoutExpect(fields: HeaderList, message: H1Message): HeaderList {
  return message.expectsContinue
    ? fields.filter(([name]) => name.toLowerCase() !== "expect")
    : fields;
}
