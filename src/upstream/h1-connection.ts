import type { Socket } from "node:net";

import type { Clock, Timer } from "../model/clock.js";
import type { UpstreamRequest, UpstreamTarget } from "../model/upstream.js";
import type {
  ConnectionFacts,
  Ride,
  RideListener,
  UpstreamConnection,
} from "./connection.js";
import { H1Ride } from "./h1-ride.js";
import { SocketAgent } from "./socket-agent.js";
import { codeOf } from "./system-error.js";

export interface H1Owner {
  clock: Clock;
  idleMs: number;
  target: UpstreamTarget;
  /** The last response was clean and complete, the peer keeps the connection: it can carry the next request. */
  idle(connection: H1Connection): void;
  /** It is closed; also after `close`. */
  gone(connection: H1Connection): void;
}

/**
 * One HTTP/1.1 connection, with one request at a time. While it has none its socket is watched: a byte that nobody asked for,
 * or the peer's FIN, closes it, so that no later request meets it.
 */
export class H1Connection implements UpstreamConnection {
  private readonly agent: SocketAgent;
  private ride: H1Ride | undefined;
  private idleTimer: Timer | undefined;
  private closed = false;

  /** @param socket connected, its errors heard; this connection owns it from now on */
  constructor(
    readonly facts: ConnectionFacts,
    private readonly socket: Socket,
    private readonly owner: H1Owner,
  ) {
    this.agent = new SocketAgent(socket, () => this.mayKeep());
    socket.on("data", (chunk: Buffer) => {
      if (this.ride === undefined) this.close();
      else this.ride.bytesRead(chunk);
    });
    socket.on("error", (error) => {
      this.ride?.connectionBroke(codeOf(error));
    });
    socket.on("end", () => {
      if (this.ride === undefined) this.close();
    });
    socket.on("close", () => {
      this.close();
    });
    socket.resume();
  }

  get usable(): boolean {
    return (
      !this.closed &&
      this.ride === undefined &&
      this.socket.writable &&
      !this.socket.readableEnded
    );
  }

  request(request: UpstreamRequest, listener: RideListener): Ride {
    this.idleTimer?.cancel();
    const ride = new H1Ride(
      { agent: this.agent, clock: this.owner.clock, target: this.owner.target },
      request,
      listener,
      () => {
        this.close();
      },
    );
    this.ride = ride;
    ride.begin();
    return ride;
  }

  /** Nobody rides on it yet: kept for a while like one between two requests. */
  rest(): void {
    this.idleTimer?.cancel();
    this.idleTimer = this.owner.clock.after(this.owner.idleMs, () => {
      this.close();
    });
  }

  /** Closes it whatever it does; a request on it fails. Idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.idleTimer?.cancel();
    this.socket.destroy();
    this.agent.destroy();
    this.owner.gone(this);
  }

  private mayKeep(): boolean {
    const { ride } = this;
    if (this.closed || ride?.clean !== true) return false;
    this.ride = undefined;
    this.socket.unref();
    const keepMs = Math.min(this.owner.idleMs, ride.peerKeepsMs);
    if (keepMs <= 0) return false;
    this.idleTimer = this.owner.clock.after(keepMs, () => {
      this.close();
    });
    // Not before node:http has put the socket away.
    queueMicrotask(() => {
      if (!this.closed && this.ride === undefined) this.owner.idle(this);
    });
    return true;
  }
}
