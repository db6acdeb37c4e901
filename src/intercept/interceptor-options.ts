import type { SecureContext } from "node:tls";

import type {
  Admission,
  Arrival,
  ClientConnection,
  ClientRequest,
  ClientTunnel,
} from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type { Origin } from "../model/way.js";
import type { Holder, ListenAddress } from "./bind.js";
import type { InterceptLimits } from "./limits.js";

export interface InterceptorOptions {
  /** 127.0.0.1 also binds ::1, where the machine has it, with the same port. */
  listen: ListenAddress | readonly ListenAddress[];
  clock: Clock;
  log: Log;
  /** The certificate for a CONNECT's host. A throw closes that connection. */
  contextFor(host: string): SecureContext;
  /** Asked for every CONNECT, and for every request that came without one. A rejection refuses with 502. */
  admit(arrival: Arrival): Promise<Admission>;
  onRequest(request: ClientRequest): void;
  onTunnel(tunnel: ClientTunnel): void;
  /** The client does not trust our certificate, so nothing more comes on this connection. */
  onRefusedCertificate(
    connection: ClientConnection,
    origin: Origin,
    code: string,
  ): void;
  /** The TCP connection is closed; nothing more comes on it. Called once for each. */
  onConnectionClosed(connection: ClientConnection): void;
  front: {
    /** Whether the GOPROXY front may go to this origin for that run. */
    allowed(runId: string | undefined, origin: Origin): boolean;
  };
  limits?: Partial<InterceptLimits>;
  /** Names the holder of a port that is in use. */
  holder?: Holder;
}

/** The client's side of gotap, running. */
export interface Interceptor {
  /** All that is bound, with their real ports. */
  addresses: readonly ListenAddress[];
  /** Open client connections. */
  connections(): number;
  /**
   * Takes no more connections, tells the open ones (GOAWAY, Connection: close), lets open requests and tunnels end, and closes
   * what is left after `graceMs`. Resolves when every connection is closed.
   */
  close(graceMs: number): Promise<void>;
}

/** What the parts of the interceptor share. */
export interface Intercepting extends Omit<
  InterceptorOptions,
  "listen" | "limits" | "holder"
> {
  limits: InterceptLimits;
  /** Filled as soon as the ports are bound. */
  own: { ports: number[]; addresses: string[] };
}
