import type { Failure } from "../model/failure.js";
import type { Framing } from "./h1-body.js";
import type { CheckedHead } from "./response-head.js";

/** How the end of the body will be known. */
export function framingOf({ head, hasBody, chunked }: CheckedHead): Framing {
  if (!hasBody) return { type: "none" };
  if (chunked) return { type: "chunked" };
  if (head.contentLength === undefined) return { type: "eof" };
  return { type: "length", bytes: head.contentLength };
}

/** From a Keep-Alive field; without one for ever. */
export function keepAliveMs(value: string | undefined): number {
  const seconds = /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(value ?? "")?.[1];
  if (seconds === undefined) return Number.POSITIVE_INFINITY;
  return Number(seconds) * 1000 - 1000;
}

export function overlong(): Failure {
  return {
    kind: "overlong",
    phase: "receive",
    cause: "more bytes came than Content-Length said",
  };
}

export function unasked(status: number | undefined): Failure {
  return {
    kind: "protocol",
    phase: "wait",
    cause: `the answer ${status ?? 101} changes the protocol, which nobody asked for`,
  };
}
