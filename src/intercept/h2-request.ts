import type { ServerHttp2Stream } from "node:http2";

import type { ClientRequest } from "../model/client.js";
import { type HeaderList, headerValue } from "../model/headers.js";
import type { Log } from "../model/log.js";
import type { Origin } from "../model/way.js";
import { checkRequestHead } from "../policy/header-check.js";
import { requestFields } from "../policy/end-to-end.js";
import { H2Body } from "./h2-body.js";
import { H2Response } from "./h2-response.js";
import { pairFields } from "./raw-fields.js";
import { type Refusal, refusalBody, refusalFields } from "./refusal.js";
import type { TrackedConnection } from "./tracked-connection.js";

export interface H2Context {
  connection: TrackedConnection;
  /** The CONNECT's target. */
  origin: Origin;
  log: Log;
  nowMs: () => number;
  idle: () => void;
  onRequest: (request: ClientRequest) => void;
}

/** Checks one stream's head and hands it on, or refuses it and sends GOAWAY. */
export function receiveStream(
  context: H2Context,
  stream: ServerHttp2Stream,
  endOfStream: boolean,
  rawHeaders: readonly string[],
): void {
  const { connection, origin, log } = context;
  const fields = pairFields(rawHeaders);
  const method = headerValue(fields, ":method") ?? "";
  const response = new H2Response(
    stream,
    method,
    endOfStream,
    connection,
    log,
    context.idle,
  );
  // A stream that nobody ever reads is closed by node:http2 with RST_STREAM(NO_ERROR), and with a large body that may come
  // before END_STREAM has left: an error for go's client.
  if (endOfStream) stream.resume();
  const checked = checkRequestHead({
    protocol: "2",
    method,
    target: headerValue(fields, ":path") ?? "",
    rawHeaders: fields,
    connectAuthority: origin,
  });
  if (!checked.ok) {
    if (!endOfStream) stream.resume();
    refuseStream(stream, response, checked);
    return;
  }
  setUserAgent(connection, fields);
  const expectsContinue =
    !endOfStream &&
    headerValue(fields, "expect")?.toLowerCase() === "100-continue";
  const headers = requestFields(fields);
  context.onRequest({
    connection: connection.info,
    via: "connect",
    protocol: "2",
    method,
    origin: checked.origin,
    target: checked.target,
    // The answer 100 is ours (H2Body): the next server must not be asked for another.
    headers: expectsContinue
      ? headers.filter(([name]) => name !== "expect")
      : headers,
    hostHeader: checked.hostHeader,
    body: endOfStream ? undefined : new H2Body(stream, expectsContinue),
    receivedAtMs: context.nowMs(),
    response,
  });
}

/** The first request, or the CONNECT, names the client's program. */
export function setUserAgent(
  { info }: TrackedConnection,
  fields: HeaderList,
): void {
  if (info.userAgent !== undefined) return;
  const userAgent = headerValue(fields, "user-agent");
  if (userAgent !== undefined) info.userAgent = userAgent;
}

function refuseStream(
  stream: ServerHttp2Stream,
  response: H2Response,
  refusal: Refusal,
): void {
  const body = refusalBody(refusal);
  response.head({
    status: refusal.status,
    headers: refusalFields(refusal, body),
    contentLength: body.byteLength,
  });
  response.write(body);
  response.end();
  const { session } = stream;
  if (session !== undefined && !session.closed) session.close();
}
