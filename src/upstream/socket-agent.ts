import { Agent } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Lets node:http use one socket that was dialled elsewhere, for one request after the other. The pool above sees to it that
 * there is never a second one at a time.
 */
export class SocketAgent extends Agent {
  /**
   * @param mayKeep asked when a response was read to its end and the peer keeps the connection; false closes it
   */
  constructor(
    private readonly socket: Duplex,
    private readonly mayKeep: () => boolean,
  ) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
  }

  override createConnection(): Duplex {
    return this.socket;
  }

  override keepSocketAlive(): boolean {
    return this.mayKeep();
  }
}
