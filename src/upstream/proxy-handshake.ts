import type { Socket } from "node:net";

import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { Origin, Way } from "../model/way.js";
import { hostPort } from "./address.js";
import { limitedStep } from "./limited-step.js";
import { type ProxyAnswer, ProxyAnswerParser } from "./proxy-answer.js";
import { proxyAuthFailure } from "./proxy-auth-failure.js";
import { proxyAuthorization } from "./proxy-credentials.js";
import { failed, type Result, success } from "./result.js";
import { codeOf, lineOf } from "./system-error.js";

export interface ProxyTerms {
  clock: Clock;
  limitMs: number;
  signal: AbortSignal;
  /** The proxy's status code, as soon as it is known. */
  answered(status: number): void;
}

/**
 * Asks an HTTP proxy for a tunnel to the origin (CONNECT, RFC 9110 §9.3.6); the proxy resolves the name. Afterwards `socket`
 * is paused and its next byte is the origin's first. On a failure it is destroyed.
 */
export function proxyHandshake(
  socket: Socket,
  way: Exclude<Way, { type: "direct" }>,
  origin: Origin,
  terms: ProxyTerms,
): Promise<Result<Socket>> {
  const onLimit: Failure = {
    kind: "proxy-timeout",
    phase: "proxy",
    cause: `${way.name} does not answer CONNECT`,
  };
  return limitedStep<Socket>({ ...terms, onLimit }, (settle) => {
    const parser = new ProxyAnswerParser();
    const fail = (failure: Failure): void => {
      socket.destroy();
      settle(failed(failure));
    };
    const onData = (chunk: Buffer): void => {
      const answer = parser.push(chunk);
      if (answer === undefined) return;
      if (answer === "malformed") {
        fail(broken(`${way.name} does not answer CONNECT with HTTP`));
        return;
      }
      terms.answered(answer.status);
      const refusal = refusalOf(answer, way, origin);
      if (refusal !== undefined) {
        fail(refusal);
        return;
      }
      socket.pause();
      socket.removeListener("data", onData);
      if (answer.rest.length > 0) socket.unshift(answer.rest);
      settle(success(socket));
    };
    const onError = (error: Error): void => {
      const text = `connection to ${way.name}: ${lineOf(error)}`;
      fail(broken(text, codeOf(error)));
    };
    const onClose = (): void => {
      fail(broken(`${way.name} closed the connection instead of answering`));
    };
    socket.on("data", onData);
    socket.once("error", onError);
    socket.once("end", onClose);
    socket.once("close", onClose);
    socket.write(connectRequest(way, origin));
    socket.resume();
    return (cutShort) => {
      socket.removeListener("data", onData);
      socket.removeListener("error", onError);
      socket.removeListener("end", onClose);
      socket.removeListener("close", onClose);
      if (cutShort !== undefined) socket.destroy();
    };
  });
}

function connectRequest(
  way: Exclude<Way, { type: "direct" }>,
  origin: Origin,
): string {
  const authority = hostPort(origin.host, origin.port);
  const credentials = proxyAuthorization(way);
  const fields = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(credentials === undefined
      ? []
      : [`Proxy-Authorization: ${credentials}`]),
  ];
  return `${fields.join("\r\n")}\r\n\r\n`;
}

function refusalOf(
  answer: ProxyAnswer,
  way: Exclude<Way, { type: "direct" }>,
  origin: Origin,
): Failure | undefined {
  if (answer.status < 300) return undefined;
  if (answer.status === 407)
    return proxyAuthFailure(way, answer.challenges, "proxy");
  const said = `${answer.status} ${answer.reason}`.trim();
  return {
    kind: "proxy-refused",
    phase: "proxy",
    code: String(answer.status),
    cause: `${way.name} answered CONNECT ${hostPort(origin.host, origin.port)} with ${said}`,
  };
}

function broken(cause: string, code?: string): Failure {
  return {
    kind: "proxy-failed",
    phase: "proxy",
    ...(code === undefined ? {} : { code }),
    cause,
  };
}
