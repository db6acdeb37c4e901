import type { IncomingMessage, ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";

/** An answer's way to the client, freed of HTTP/1.1 and HTTP/2. */
export interface Wire {
  head(status: number, headers: Record<string, string>): void;
  /** @returns false when the client should be waited for; see `drained` */
  write(chunk: Uint8Array): boolean;
  /** Resolves when more can be written, or when the client is gone. */
  drained(): Promise<void>;
  /** The last bytes and the end in one go. */
  end(chunk?: Uint8Array): void;
  /** An end that looks clean on the wire although bytes are missing. */
  truncate(): void;
  /** TCP RST. */
  reset(): void;
  resetStream(code: number): void;
  goaway(code: number): void;
  /** HTTP/2: the connection ends, and its last stream is one before this; HTTP/1: the connection closes without an answer. */
  goawayUnseen(code: number): void;
  /** HTTP/1 only: bytes past every rule. */
  raw(text: string, after: "stall" | "close" | "reset"): void;
  /** The client is gone or everything was sent. */
  closed(): boolean;
}

function onceAny(
  emitter: NodeJS.EventEmitter,
  ...names: string[]
): Promise<void> {
  return new Promise((resolve) => {
    const heard = (): void => {
      for (const name of names) emitter.off(name, heard);
      resolve();
    };
    for (const name of names) emitter.on(name, heard);
  });
}

/** @param raw the TCP socket under TLS, for RST */
export function http1Wire(
  request: IncomingMessage,
  response: ServerResponse,
  raw: Socket | undefined,
): Wire {
  const socket = request.socket;
  const reset = (): void =>
    void (raw === undefined ? socket.destroy() : raw.resetAndDestroy());
  return {
    head(status, headers) {
      response.writeHead(status, headers);
      // A head that waits for the first body byte would hide every stall after the head.
      response.flushHeaders();
    },
    write: (chunk) => response.write(chunk),
    drained: () => onceAny(response, "drain", "close"),
    end: (chunk) => void response.end(chunk),
    truncate: () => void socket.end(),
    reset,
    resetStream: reset,
    goaway: () => response.setHeader("connection", "close"),
    goawayUnseen: () => void socket.end(),
    raw(text, after) {
      socket.write(text, "latin1", () => {
        if (after === "close") socket.end();
        if (after === "reset") reset();
      });
    },
    closed: () => response.destroyed || socket.destroyed,
  };
}

export function http2Wire(
  stream: ServerHttp2Stream,
  raw: Socket | undefined,
): Wire {
  const reset = (): void => {
    if (raw !== undefined) raw.resetAndDestroy();
    else stream.session?.destroy();
  };
  return {
    head(status, headers) {
      stream.respond({ ":status": status, ...headers });
    },
    write: (chunk) => stream.write(chunk),
    drained: () => onceAny(stream, "drain", "close"),
    end: (chunk) => void stream.end(chunk),
    truncate: () => void stream.end(),
    reset,
    resetStream(code) {
      // `close` would end the body before it resets the stream; only INTERNAL_ERROR can be had without.
      if (code === constants.NGHTTP2_INTERNAL_ERROR)
        stream.destroy(new Error("a reset on cue"));
      else stream.close(code);
    },
    goaway: (code) => stream.session?.goaway(code, stream.id),
    goawayUnseen(code) {
      stream.session?.goaway(code, Math.max(0, (stream.id ?? 0) - 2));
      stream.session?.close();
    },
    raw: () => stream.close(constants.NGHTTP2_INTERNAL_ERROR),
    closed: () => stream.destroyed || stream.closed,
  };
}
