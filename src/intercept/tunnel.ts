import type { BodyReader, BodySink, BodySource } from "../model/body.js";
import type { OpenExchange, TrackedConnection } from "./tracked-connection.js";

/** Both directions of a client's socket, as bytes. Each direction ends on its own; the socket closes when both have. */
export class RawTunnel implements BodySource, BodySink, OpenExchange {
  readonly #connection: TrackedConnection;
  readonly #drainListeners: (() => void)[] = [];
  #reader: BodyReader | undefined;
  #gone: (() => void) | undefined;
  #isGone = false;
  #isCancelled = false;
  #isEnded = false;

  constructor(connection: TrackedConnection) {
    this.#connection = connection;
    connection.open.add(this);
    const { socket } = connection;
    const destroy = (): void => {
      socket.destroy();
    };
    // A tunnel ends when its peers do, or when the grace of a stop is over.
    connection.enter({ drain() {}, expire: destroy }, Infinity);
    socket.on("drain", () => {
      for (const listener of this.#drainListeners) listener();
    });
  }

  start(reader: BodyReader): void {
    if (this.#isCancelled) return;
    this.#reader = reader;
    const { socket } = this.#connection;
    if (this.#isGone || socket.destroyed) {
      this.#fail();
      return;
    }
    socket.on("data", (chunk: Buffer) => this.#reader?.data(chunk));
    socket.once("end", () => {
      const ended = this.#reader;
      this.#reader = undefined;
      ended?.end();
    });
    socket.resume();
  }

  pause(): void {
    this.#connection.socket.pause();
  }

  resume(): void {
    this.#connection.socket.resume();
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#reader = undefined;
    if (this.#isEnded) this.#connection.socket.destroySoon();
    else this.#connection.socket.resume();
  }

  write(chunk: Uint8Array): boolean {
    const { socket } = this.#connection;
    return socket.writable ? socket.write(chunk) : true;
  }

  onDrain(listener: () => void): void {
    this.#drainListeners.push(listener);
  }

  end(): void {
    this.#isEnded = true;
    const { socket } = this.#connection;
    if (this.#isCancelled) socket.destroySoon();
    else socket.end();
  }

  reset(): void {
    const { socket } = this.#connection;
    this.#gone = undefined;
    if (!socket.destroyed) socket.resetAndDestroy();
  }

  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#gone = listener;
  }

  clientGone(): void {
    this.#isGone = true;
    this.#fail();
    const gone = this.#gone;
    this.#gone = undefined;
    if (!this.#isBothEnded()) gone?.();
  }

  #isBothEnded(): boolean {
    const { socket } = this.#connection;
    return socket.readableEnded && socket.writableFinished;
  }

  #fail(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.failed({ kind: "client-gone" });
  }
}
