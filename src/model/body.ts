import type { Failure } from "./failure.js";
import type { HeaderList } from "./headers.js";

/**
 * One direction of a body, read side. Paused until `start`. Exactly one of `end` and `failed` is called, once, and nothing
 * after it; `end` means a clean end as the protocol defines it (FACTS L20), never a guess.
 */
export interface BodySource {
  start(reader: BodyReader): void;
  pause(): void;
  resume(): void;
  /** Nobody wants the rest: upstream RST_STREAM(CANCEL) or a closed connection. Idempotent; no callback after it. */
  cancel(): void;
}

export interface BodyReader {
  data(chunk: Uint8Array): void;
  end(trailers?: HeaderList): void;
  failed(failure: Failure): void;
}

/** One direction of a body, write side. */
export interface BodySink {
  /** @returns false when the writer should wait for `onDrain`; the chunk was taken all the same. */
  write(chunk: Uint8Array): boolean;
  /** Called each time the sink can take bytes again after a `false`. */
  onDrain(listener: () => void): void;
  /** A clean end. */
  end(trailers?: HeaderList): void;
  /** An end that cannot be taken for a clean one: HTTP/1 destroys the socket, HTTP/2 sends RST_STREAM. Idempotent. */
  reset(failure: Failure): void;
}
