import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";

import type { Clock, Timer } from "../model/clock.js";

/**
 * Notices a connection that died without a word: while requests are open and no byte came for `pingMs`, the peer is asked by
 * PING (RFC 9113 §6.7); when for as long again nothing came, not even its answer, the connection is dead.
 */
export class H2Health {
  private timer: Timer | undefined;
  private bytesSeen = 0;
  private asked = false;

  constructor(
    private readonly session: ClientHttp2Session,
    private readonly socket: Socket,
    private readonly terms: { clock: Clock; pingMs: number },
    private readonly dead: () => void,
  ) {}

  /** Requests are open from now on. Again and again is once. */
  watch(): void {
    if (this.timer !== undefined) return;
    this.bytesSeen = this.socket.bytesRead;
    this.asked = false;
    this.tick();
  }

  /** No request is open. */
  rest(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }

  private tick(): void {
    this.timer = this.terms.clock.after(this.terms.pingMs, () => {
      this.look();
    });
  }

  private look(): void {
    if (this.session.destroyed || this.socket.destroyed) return;
    const { bytesRead } = this.socket;
    if (bytesRead !== this.bytesSeen) {
      this.bytesSeen = bytesRead;
      this.asked = false;
    } else if (this.asked) {
      this.timer = undefined;
      this.dead();
      return;
    } else {
      this.asked = true;
      this.session.ping(() => {});
    }
    this.tick();
  }
}
