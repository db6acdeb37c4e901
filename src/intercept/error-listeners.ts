import type { EventEmitter } from "node:events";

const ignore = (): void => {};

/**
 * From now on no `error` of this emitter can end the process: the one place that attaches such listeners to sockets, TLS
 * sockets, HTTP/2 sessions and streams (FACTS L12).
 * @param heard told of each; by default nobody is: the `close` that follows says enough
 */
export function hearErrors(
  emitter: EventEmitter,
  heard: (error: unknown) => void = ignore,
): void {
  emitter.on("error", heard);
}

/** The `code` of whatever was thrown or emitted; for the log, so never the message, which may hold a peer's bytes. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === "string") return code;
  return error instanceof Error ? error.name : "unknown";
}
