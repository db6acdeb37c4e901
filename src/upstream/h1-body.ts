import type { IncomingMessage } from "node:http";

import type { BodyReader, BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import { endToEndTrailers } from "../policy/end-to-end.js";
import { pairs } from "./response-head.js";

/** How the end of an HTTP/1.1 body is known (RFC 9112 §6.3). */
export type Framing =
  | { type: "none" }
  | { type: "length"; bytes: number }
  | { type: "chunked" }
  | { type: "eof" };

/**
 * A response body of HTTP/1.1. Its end is clean where its framing says so: all bytes of Content-Length, the last chunk, or,
 * where only the connection's end delimits it, a FIN. node:http says `complete` also after a RST (FACTS L20); the connection
 * says here what it saw, by `broke`.
 */
export class H1Body implements BodySource {
  private reader: BodyReader | undefined;
  private bytes = 0;
  private failure: Failure | undefined;
  private over = false;

  /**
   * @param ended called once, when the body is over for whatever reason; true after a clean end
   */
  constructor(
    private readonly message: IncomingMessage,
    private readonly framing: Framing,
    private readonly ended: (clean: boolean) => void,
  ) {
    // node:http calls every early end ECONNRESET here, a FIN too; the connection has told a real reset before.
    message.on("error", () => {
      this.broke(cut());
    });
    message.on("close", () => {
      if (!message.readableEnded) this.broke(cut());
    });
  }

  /** All bytes that the framing promised were read from the connection, though perhaps not yet by the reader. */
  get arrived(): boolean {
    return this.message.complete && this.framing.type !== "eof";
  }

  start(reader: BodyReader): void {
    this.reader = reader;
    const { message } = this;
    if (this.failure !== undefined) {
      queueMicrotask(() => {
        this.finish();
      });
      return;
    }
    message.on("data", (chunk: Buffer) => {
      if (this.over) return;
      this.bytes += chunk.byteLength;
      reader.data(chunk);
    });
    message.on("end", () => {
      this.finish();
    });
  }

  pause(): void {
    this.message.pause();
  }

  resume(): void {
    if (!this.over) this.message.resume();
  }

  cancel(): void {
    if (this.over) return;
    this.over = true;
    this.message.destroy();
    this.ended(false);
  }

  /** The connection broke, or carried what it must not. The first cause wins; a body that arrived whole stays whole. */
  broke(failure: Failure): void {
    if (this.over || this.failure !== undefined) return;
    if (this.arrived && !this.mayBeOverlong(failure)) return;
    this.failure = failure;
    if (this.reader !== undefined) this.finish();
  }

  /** Where chunks or the method say the end, what follows is no part of the body. */
  private mayBeOverlong(failure: Failure): boolean {
    return failure.kind === "overlong" && this.framing.type === "length";
  }

  private finish(): void {
    if (this.over || this.reader === undefined) return;
    this.over = true;
    const failure = this.failure ?? this.shortfall();
    this.ended(failure === undefined);
    if (failure === undefined) this.reader.end(this.trailers());
    else this.reader.failed(failure);
  }

  private shortfall(): Failure | undefined {
    const { framing, message } = this;
    const whole =
      message.complete &&
      (framing.type !== "length" || framing.bytes === this.bytes);
    return whole ? undefined : cut();
  }

  private trailers(): HeaderList | undefined {
    const raw = this.message.rawTrailers;
    if (raw.length === 0) return undefined;
    return endToEndTrailers(pairs(raw));
  }
}

/** @param code absent where the connection was closed in order, only too early */
export function cut(code?: string): Failure {
  return {
    kind: "truncated",
    phase: "receive",
    ...(code === undefined ? {} : { code }),
    cause: "the connection ended before the body did",
  };
}
