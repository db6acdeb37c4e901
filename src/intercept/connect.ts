import type { IncomingMessage } from "node:http";

import type { Admission, Arrival } from "../model/client.js";
import { type HeaderList, headerValue } from "../model/headers.js";
import type { Origin } from "../model/way.js";
import { forbiddenAddress } from "../policy/forbidden-address.js";
import { parseConnectTarget } from "../policy/host-port.js";
import { errorCode } from "./error-listeners.js";
import { peekFirstByte, TLS_HANDSHAKE } from "./first-byte.js";
import { protocolOf } from "./h1-request.js";
import { setUserAgent } from "./h2-request.js";
import type { Intercepting } from "./interceptor-options.js";
import { basicCredentials, runIdOf } from "./proxy-credentials.js";
import { pairFields } from "./raw-fields.js";
import { type Refusal, refuseOnSocket } from "./refusal.js";
import type { TrackedConnection } from "./tracked-connection.js";
import { RawTunnel } from "./tunnel.js";

/** Takes over a connection whose CONNECT is opened and whose first byte is TLS's. */
export type OpenTls = (
  connection: TrackedConnection,
  origin: Origin,
  deadlineAtMs: number,
) => void;

const ESTABLISHED = "HTTP/1.1 200 Connection Established\r\n\r\n";

/** Answers one CONNECT. What is not opened becomes a tunnel or gets its refusal. */
export async function answerConnect(
  context: Intercepting,
  connection: TrackedConnection,
  request: IncomingMessage,
  head: Buffer,
  openTls: OpenTls,
): Promise<void> {
  const { socket } = connection;
  const receivedAtMs = context.clock.nowMs();
  const refuse = (refusal: Refusal): void => {
    refuseOnSocket(
      connection,
      socket,
      refusal,
      context.clock.nowMs() + context.limits.lingerMs,
    );
  };
  connection.busy();
  const fields = pairFields(request.rawHeaders);
  const origin = parseConnectTarget(request.url ?? "");
  if ("error" in origin) {
    refuse({ status: 400, text: `gotap: bad CONNECT target: ${origin.error}` });
    return;
  }
  const forbidden = forbiddenOrigin(context, origin);
  if (forbidden !== undefined) {
    refuse(forbidden);
    return;
  }
  setUserAgent(connection, fields);
  const admission = await admitted(
    context,
    arrivalOf(connection, "connect", origin, fields),
  );
  if (socket.destroyed) return;
  if (admission.action === "refuse") {
    refuse(admission);
    return;
  }
  socket.write(ESTABLISHED);
  let reason = "not TLS";
  if (admission.action === "tunnel") {
    reason = admission.reason;
    if (head.length > 0) socket.unshift(head);
  } else {
    const deadlineAtMs = context.clock.nowMs() + context.limits.handshakeMs;
    const destroy = (): void => {
      socket.destroy();
    };
    connection.enter({ drain: destroy, expire: destroy }, deadlineAtMs);
    const byte = await peekFirstByte(socket, head);
    if (byte === undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    if (byte === TLS_HANDSHAKE) {
      openTls(connection, origin, deadlineAtMs);
      return;
    }
  }
  const tunnel = new RawTunnel(connection);
  context.onTunnel({
    connection: connection.info,
    origin,
    reason,
    protocol: protocolOf(request),
    receivedAtMs,
    source: tunnel,
    sink: tunnel,
    onGone: (listener) => {
      tunnel.onGone(listener);
    },
  });
}

/** Literal addresses that nothing may go to, and gotap's own ports: it would talk to itself for ever (SPEC §8). */
export function forbiddenOrigin(
  { own }: Intercepting,
  origin: Origin,
): Refusal | undefined {
  const reason = forbiddenAddress(origin.host, origin.port, own);
  return reason === undefined
    ? undefined
    : { status: 403, text: `gotap: not allowed: ${origin.host} is ${reason}` };
}

/** What the caller is asked; the run id of Proxy-Authorization is the connection's from now on. */
export function arrivalOf(
  connection: TrackedConnection,
  via: Arrival["via"],
  origin: Origin,
  fields: HeaderList,
): Arrival {
  const arrival: Arrival = { connection: connection.info, via, origin };
  const field = headerValue(fields, "proxy-authorization");
  const credentials = field === undefined ? undefined : basicCredentials(field);
  if (credentials === undefined) return arrival;
  const runId = runIdOf(credentials.username);
  if (runId !== undefined) connection.info.runId = runId;
  return { ...arrival, credentials };
}

/** Asks the caller; its own faults are a refusal, never a hanging client. */
export async function admitted(
  context: Intercepting,
  arrival: Arrival,
): Promise<Admission> {
  try {
    return await context.admit(arrival);
  } catch (error) {
    context.log.error(`a client was not admitted: ${errorCode(error)}`);
    return {
      action: "refuse",
      status: 502,
      text: "gotap: an internal error; its log says more",
    };
  }
}
