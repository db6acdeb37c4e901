import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

import type { BodyReader, BodySink, BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";
import { codeOf } from "./system-error.js";

/** The bytes that come out of a tunnel. Its clean end is the peer's FIN; the other direction may go on. */
export class SocketSource implements BodySource {
  private reader: BodyReader | undefined;
  private failure: Failure | undefined;
  private over = false;

  /** @param socket paused, with `allowHalfOpen`, its errors heard */
  constructor(private readonly socket: Socket) {
    socket.on("error", (error) => {
      this.broke(codeOf(error));
    });
    socket.on("close", () => {
      this.broke(undefined);
    });
  }

  start(reader: BodyReader): void {
    this.reader = reader;
    const { socket } = this;
    if (this.failure !== undefined) {
      queueMicrotask(() => {
        this.fail();
      });
      return;
    }
    socket.on("data", (chunk: Buffer) => {
      if (!this.over) reader.data(chunk);
    });
    socket.on("end", () => {
      if (this.over) return;
      this.over = true;
      reader.end();
    });
    socket.resume();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    if (!this.over) this.socket.resume();
  }

  cancel(): void {
    this.over = true;
    this.socket.destroy();
  }

  private broke(code: string | undefined): void {
    this.failure ??= {
      kind: "reset",
      phase: "receive",
      ...(code === undefined ? {} : { code }),
      cause: "the connection was reset",
    };
    this.fail();
  }

  private fail(): void {
    if (this.over || this.reader === undefined || this.failure === undefined)
      return;
    this.over = true;
    this.reader.failed(this.failure);
  }
}

/** The bytes that go into a tunnel. Writes after the connection's end are swallowed: the source says what became of it. */
export class SocketSink implements BodySink {
  constructor(private readonly socket: Socket) {}

  write(chunk: Uint8Array): boolean {
    if (!this.socket.writable) return true;
    return this.socket.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.socket.on("drain", listener);
    // Nothing is taken any more, and nobody shall wait for it.
    this.socket.on("close", listener);
  }

  end(): void {
    this.socket.end();
  }

  reset(): void {
    // Only TCP has a RST; to the other end of a TLS connection a missing close_notify says the same.
    if (this.socket instanceof TLSSocket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }
}
