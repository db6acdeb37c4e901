import type { EventEmitter } from "node:events";

/**
 * Attaches an 'error' listener to each emitter for the rest of its life. A Node emitter whose 'error' nobody hears ends the
 * process, and a TLS or HTTP/2 connection reports one fault in up to four places (FACTS L12): what a connection is made of
 * goes through here in the moment it is made. What the error means is read by the step that owns the emitter.
 */
export function hearErrors(...emitters: EventEmitter[]): void {
  for (const emitter of emitters) emitter.on("error", ignore);
}

function ignore(): void {}
