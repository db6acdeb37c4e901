import type { Socket } from "node:net";

import type { ClientConnection } from "../model/client.js";

/** Somebody who waits for the client: told once when it is gone. */
export interface OpenExchange {
  clientGone(): void;
}

/** What a connection is doing just now, and how it ends then. */
export interface Stage {
  /** gotap is stopping: GOAWAY, or close where nothing is open. */
  drain(): void;
  /** The deadline is over. */
  expire(): void;
  /** A request's head began to come in and did not end in time; absent where nobody can tell (HTTP/2). */
  slowHead?(): void;
}

/** One TCP connection of a client through all its stages (CONNECT, TLS, HTTP): who to tell, and what it may still wait for. */
export class TrackedConnection {
  /** Requests and tunnels whose end was not handed over yet. */
  readonly open = new Set<OpenExchange>();
  /** True once gotap is stopping. */
  draining = false;
  stage: Stage;
  /** Infinity where nothing is awaited. */
  #deadlineAtMs = Infinity;
  #bytesWhenIdle = Infinity;
  #headIsSlow = false;

  constructor(
    readonly socket: Socket,
    readonly info: ClientConnection,
  ) {
    const destroy = (): void => {
      socket.destroy();
    };
    this.stage = { drain: destroy, expire: destroy };
  }

  enter(stage: Stage, deadlineAtMs: number): void {
    this.stage = stage;
    this.busy();
    this.#deadlineAtMs = deadlineAtMs;
    if (this.draining) stage.drain();
  }

  /** Something is under way that has no deadline here. */
  busy(): void {
    this.#deadlineAtMs = Infinity;
    this.#bytesWhenIdle = Infinity;
    this.#headIsSlow = false;
  }

  /** Nothing is open: the next request has until `idleUntilMs` to begin. */
  awaitRequest(idleUntilMs: number): void {
    this.#deadlineAtMs = idleUntilMs;
    this.#headIsSlow = false;
    this.#bytesWhenIdle =
      this.stage.slowHead === undefined ? Infinity : this.socket.bytesRead;
  }

  /** Bytes on an idle connection begin a head: from now on it has the head's limit, not the idle one. */
  look(nowMs: number, requestHeadMs: number): void {
    if (this.socket.bytesRead > this.#bytesWhenIdle) {
      this.#bytesWhenIdle = Infinity;
      this.#headIsSlow = true;
      this.#deadlineAtMs = nowMs + requestHeadMs;
    }
    if (this.#deadlineAtMs > nowMs) return;
    this.#deadlineAtMs = Infinity;
    if (this.#headIsSlow && this.stage.slowHead !== undefined)
      this.stage.slowHead();
    else this.stage.expire();
  }

  drain(): void {
    this.draining = true;
    this.stage.drain();
  }

  /** Everybody who waits is told, once. */
  gone(): void {
    const exchanges = [...this.open];
    this.open.clear();
    for (const exchange of exchanges) exchange.clientGone();
  }
}
