import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

import { SocksClient } from "socks";

import type { Failure } from "../model/failure.js";
import type { Origin, Way } from "../model/way.js";
import { hostPort } from "./address.js";
import { limitedStep } from "./limited-step.js";
import type { ProxyTerms } from "./proxy-handshake.js";
import { failed, type Result, success } from "./result.js";
import { lineOf } from "./system-error.js";

/** The longest delay a Node timer takes: the limit is ours, not the library's. */
const NEVER_MS = 0x7fffffff;

/**
 * Asks a SOCKS5 proxy for a connection to the origin (RFC 1928; user name and password by RFC 1929); the proxy resolves the
 * name. Afterwards `socket` is paused and its next byte is the origin's first. On a failure it is destroyed.
 */
export function socksHandshake(
  socket: Socket,
  way: Exclude<Way, { type: "direct" }>,
  origin: Origin,
  terms: Omit<ProxyTerms, "answered">,
): Promise<Result<Socket>> {
  const onLimit: Failure = {
    kind: "proxy-timeout",
    phase: "proxy",
    cause: `${way.name} does not finish the SOCKS handshake`,
  };
  return limitedStep<Socket>({ ...terms, onLimit }, (settle) => {
    void shake(socket, way, origin).then((result) => {
      if (!result.ok) socket.destroy();
      settle(result);
    });
    return (cutShort) => {
      if (cutShort !== undefined) socket.destroy();
    };
  });
}

async function shake(
  socket: Socket,
  way: Exclude<Way, { type: "direct" }>,
  origin: Origin,
): Promise<Result<Socket>> {
  try {
    await SocksClient.createConnection({
      command: "connect",
      proxy: {
        host: way.host,
        port: way.port,
        type: 5,
        ...(way.username === undefined
          ? {}
          : { userId: way.username, password: way.password ?? "" }),
      },
      destination: { host: origin.host, port: origin.port },
      existing_socket: socket,
      timeout: NEVER_MS,
    });
  } catch (error) {
    return failed(failureOf(error, way, origin));
  }
  // In the turn after its answer the library emits the bytes that came behind it and resumes the socket.
  const early: Buffer[] = [];
  const keep = (chunk: Buffer): void => {
    early.push(chunk);
  };
  socket.on("data", keep);
  await nextTurn();
  socket.pause();
  socket.removeListener("data", keep);
  for (const chunk of early.toReversed()) socket.unshift(chunk);
  return success(socket);
}

function failureOf(
  error: unknown,
  way: Exclude<Way, { type: "direct" }>,
  origin: Origin,
): Failure {
  const text = lineOf(error);
  const kind = /authentication/i.test(text)
    ? "proxy-auth"
    : /rejected/i.test(text)
      ? "proxy-refused"
      : "proxy-failed";
  return {
    kind,
    phase: "proxy",
    cause: `${way.name}, asked for ${hostPort(origin.host, origin.port)}: ${text}`,
  };
}
