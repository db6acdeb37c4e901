import { type ClientHttp2Session, connect, constants } from "node:http2";
import type { Socket } from "node:net";

import type { Clock, Timer } from "../model/clock.js";
import type { UpstreamRequest } from "../model/upstream.js";
import type {
  ConnectionFacts,
  Ride,
  RideListener,
  UpstreamConnection,
} from "./connection.js";
import { h2ErrorName } from "./h2-error-name.js";
import { type H2End, h2Failure } from "./h2-failure.js";
import { H2Health } from "./h2-health.js";
import { H2Ride } from "./h2-ride.js";
import { hearErrors } from "./hear-errors.js";
import type { StreamWindows } from "./stream-windows.js";
import { codeOf } from "./system-error.js";

export interface H2Owner {
  clock: Clock;
  idleMs: number;
  pingMs: number;
  scheme: "http" | "https";
  windows: StreamWindows;
  /** It may carry more requests, or fewer. */
  slotsChanged(connection: H2Connection): void;
  /** It takes no new request: refused by GOAWAY, or closed. */
  draining(connection: H2Connection): void;
  /** Its socket is closed. */
  gone(connection: H2Connection): void;
}

/** The whole connection may have so much under way: a stopped stream must not stop the others. */
const CONNECTION_WINDOW = 64 << 20;
/** A peer that does not take our GOAWAY is not waited for. */
const CLOSE_WITHIN_MS = 2_000;

/**
 * One HTTP/2 connection. Slots are counted here against the peer's SETTINGS_MAX_CONCURRENT_STREAMS (FACTS L25: node:http2
 * queues in silence); until its SETTINGS have come there is one slot.
 */
export class H2Connection implements UpstreamConnection {
  private readonly session: ClientHttp2Session;
  private readonly rides = new Set<H2Ride>();
  private readonly health: H2Health;
  private limit = 1;
  private goaway: H2End["goaway"];
  private endedBy: H2End["endedBy"];
  private finished = false;
  private idleTimer: Timer | undefined;

  /** @param socket connected, its errors heard; this connection owns it from now on */
  constructor(
    readonly facts: ConnectionFacts,
    private readonly socket: Socket,
    private readonly owner: H2Owner,
  ) {
    // Before node:http2's own listeners: why the connection ended must be known when its streams close.
    socket.on("error", (error) => {
      this.endedBy ??= { code: codeOf(error) ?? "ECONNRESET", cause: "reset" };
    });
    socket.on("close", () => {
      this.endedBy ??= { code: "EOF", cause: "closed by the peer" };
    });
    const session = connect("https://upstream.invalid", {
      createConnection: () => socket,
      maxSessionMemory: 64,
      settings: {
        enablePush: false,
        initialWindowSize: owner.windows.bytes,
        maxFrameSize: 262_144,
        maxHeaderListSize: 262_144,
      },
    });
    this.session = session;
    hearErrors(session);
    this.health = new H2Health(session, socket, owner, () => {
      this.endedBy ??= {
        code: "PING_TIMEOUT",
        cause: "silent: not even a PING was answered",
      };
      session.destroy();
    });
    session.once("connect", () => {
      if (!session.destroyed) session.setLocalWindowSize(CONNECTION_WINDOW);
    });
    session.on("remoteSettings", (settings) => {
      this.limit = settings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY;
      owner.slotsChanged(this);
    });
    session.on("goaway", (code, lastStreamId) => {
      this.goaway = { code, lastStreamId };
      if (code !== constants.NGHTTP2_NO_ERROR)
        this.endedBy ??= {
          code: h2ErrorName(code),
          cause: `ended by GOAWAY ${h2ErrorName(code)}`,
        };
      this.drain();
    });
    session.on("close", () => {
      this.finish();
    });
    owner.windows.join(this.resizeWindows);
    this.rest();
  }

  get hasSlot(): boolean {
    return this.usable && this.rides.size < this.limit;
  }

  get usable(): boolean {
    return (
      this.goaway === undefined &&
      !this.finished &&
      !this.session.closed &&
      !this.session.destroyed &&
      !this.socket.destroyed
    );
  }

  request(request: UpstreamRequest, listener: RideListener): Ride {
    this.idleTimer?.cancel();
    if (!this.session.destroyed) this.session.ref();
    const { session, owner } = this;
    const ride = new H2Ride(
      {
        session,
        clock: owner.clock,
        scheme: owner.scheme,
        windows: owner.windows,
        failureOf: (stream, error, phase) =>
          h2Failure(stream, error, phase, {
            goaway: this.goaway,
            endedBy: this.endedBy,
            destroyed: session.destroyed,
          }),
        done: (one) => {
          this.rideOver(one);
        },
      },
      request,
      listener,
    );
    this.rides.add(ride);
    this.health.watch();
    ride.begin();
    return ride;
  }

  /** No new requests; those that are open finish. Idempotent. */
  close(): void {
    if (this.session.closed || this.session.destroyed) return;
    this.session.close();
    if (this.rides.size === 0)
      this.owner.clock.after(CLOSE_WITHIN_MS, () => {
        this.session.destroy();
      });
  }

  /** Ends it with all that is on it. */
  destroy(): void {
    this.session.destroy();
  }

  private rideOver(ride: H2Ride): void {
    if (!this.rides.delete(ride)) return;
    if (this.rides.size === 0) this.rest();
    this.owner.slotsChanged(this);
  }

  private rest(): void {
    this.health.rest();
    if (this.finished || this.session.destroyed) return;
    if (this.session.closed) {
      // node:http2 closes it now, if the peer lets it.
      this.owner.clock.after(CLOSE_WITHIN_MS, () => {
        this.session.destroy();
      });
      return;
    }
    this.session.unref();
    this.idleTimer?.cancel();
    this.idleTimer = this.owner.clock.after(this.owner.idleMs, () => {
      this.close();
    });
  }

  private drain(): void {
    this.idleTimer?.cancel();
    this.owner.draining(this);
  }

  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.endedBy ??= { code: "EOF", cause: "closed" };
    this.idleTimer?.cancel();
    this.health.rest();
    this.owner.windows.leave(this.resizeWindows);
    this.owner.draining(this);
    this.owner.gone(this);
  }

  private readonly resizeWindows = (bytes: number): void => {
    if (this.session.closed || this.session.destroyed) return;
    this.session.settings({ initialWindowSize: bytes });
  };
}
