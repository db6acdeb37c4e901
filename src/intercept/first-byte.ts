import type { Socket } from "node:net";

/** The first byte of a TLS handshake record (RFC 8446 §5.1). */
export const TLS_HANDSHAKE = 0x16;

/**
 * Waits for the first byte behind a CONNECT and leaves it, and all that came with it, to be read again; the socket is paused.
 * @param head what came together with the CONNECT
 * @returns undefined where the client closed before
 */
export function peekFirstByte(
  socket: Socket,
  head: Buffer,
): Promise<number | undefined> {
  if (head.length > 0) {
    socket.unshift(head);
    return Promise.resolve(head[0]);
  }
  return new Promise((resolve) => {
    const done = (byte: number | undefined): void => {
      socket.off("data", onData).off("end", onEnd).off("close", onEnd);
      resolve(byte);
    };
    const onData = (chunk: Buffer): void => {
      socket.pause();
      socket.unshift(chunk);
      done(chunk[0]);
    };
    const onEnd = (): void => {
      done(undefined);
    };
    socket.on("data", onData).on("end", onEnd).on("close", onEnd);
    socket.resume();
  });
}
