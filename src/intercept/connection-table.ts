import type { Socket } from "node:net";

import type { ClientConnection } from "../model/client.js";
import type { Clock, Timer } from "../model/clock.js";
import type { Log } from "../model/log.js";
import { hearErrors } from "./error-listeners.js";
import { type InterceptLimits, sweepIntervalMs } from "./limits.js";
import { TrackedConnection } from "./tracked-connection.js";

let lastConnectionId = 0;

/**
 * All client connections. One timer looks at all deadlines, and only while there is a connection: a timer for each request
 * would cost more than the request's own bookkeeping.
 */
export class ConnectionTable {
  readonly #bySocket = new Map<Socket, TrackedConnection>();
  #sweep: Timer | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(
    readonly clock: Clock,
    readonly log: Log,
    readonly limits: InterceptLimits,
    readonly onClosed: (connection: ClientConnection) => void,
  ) {}

  get size(): number {
    return this.#bySocket.size;
  }

  /** @returns undefined where the connection was over the limit, and closed */
  add(socket: Socket): TrackedConnection | undefined {
    hearErrors(socket);
    if (this.#bySocket.size >= this.limits.maxConnections) {
      this.log.notice(
        "too-many-connections",
        `more than ${this.limits.maxConnections} client connections: closing new ones`,
      );
      socket.destroy();
      return undefined;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    const connection = new TrackedConnection(socket, {
      id: ++lastConnectionId,
      remoteAddress: socket.remoteAddress ?? "",
      remotePort: socket.remotePort ?? 0,
      localPort: socket.localPort ?? 0,
      openedAtMs: this.clock.nowMs(),
    });
    this.#bySocket.set(socket, connection);
    socket.once("close", () => this.#closed(connection));
    this.#sweep ??= this.clock.after(sweepIntervalMs(this.limits), () =>
      this.#look(),
    );
    return connection;
  }

  of(socket: Socket): TrackedConnection | undefined {
    return this.#bySocket.get(socket);
  }

  /** Closes what is idle, lets open requests end, and closes everything after `graceMs`. Resolves when nothing is left. */
  async drain(graceMs: number): Promise<void> {
    if (this.size === 0) return;
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty.push(resolve);
    });
    const timer = this.clock.after(graceMs, () => this.destroyAll());
    for (const connection of this.#bySocket.values()) connection.drain();
    await empty;
    timer.cancel();
  }

  destroyAll(): void {
    for (const { socket } of this.#bySocket.values()) socket.destroy();
  }

  #closed(connection: TrackedConnection): void {
    this.#bySocket.delete(connection.socket);
    connection.gone();
    this.onClosed(connection.info);
    if (this.size > 0) return;
    this.#sweep?.cancel();
    this.#sweep = undefined;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #look(): void {
    const nowMs = this.clock.nowMs();
    for (const connection of this.#bySocket.values())
      connection.look(nowMs, this.limits.requestHeadMs);
    this.#sweep =
      this.size === 0
        ? undefined
        : this.clock.after(sweepIntervalMs(this.limits), () => this.#look());
  }
}
