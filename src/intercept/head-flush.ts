import type { ServerResponse } from "node:http";

let waiting: ServerResponse[] = [];

/**
 * Sends a head that no body byte has taken along by the end of this turn of the event loop: a small answer is one packet, and
 * a head before a slow body is not held back.
 */
export function flushHeadLater(response: ServerResponse): void {
  if (waiting.push(response) === 1) setImmediate(flush);
}

function flush(): void {
  const responses = waiting;
  waiting = [];
  for (const response of responses)
    if (!response.writableEnded && !response.destroyed) response.flushHeaders();
}
