import type { Failure } from "../model/failure.js";
import type { AttemptRecord, DialRecord } from "../model/record.js";
import type {
  Upstream,
  UpstreamAttempt,
  UpstreamTarget,
} from "../model/upstream.js";
import { dial } from "./dial.js";
import type { DialContext } from "./dial-context.js";
import { endedCopy } from "./dial-record.js";
import { SocketSink, SocketSource } from "./socket-body.js";
import { lineOf } from "./system-error.js";

export interface TunnelTerms {
  target: UpstreamTarget;
  record: AttemptRecord;
  handlers: Parameters<Upstream["tunnel"]>[2];
  context: DialContext;
  connectionId: number;
  /** The tunnel's socket is closed, or there never was one. */
  gone(): void;
}

const CLOSED_AT_ONCE: Failure = {
  kind: "reset",
  cause: "the connection was closed as soon as it was made",
};

/** Bytes both ways to an origin, over a connection of its own. */
export class UpstreamTunnel implements UpstreamAttempt {
  private readonly abortion = new AbortController();
  private closeSocket: (() => void) | undefined;
  private over = false;

  constructor(private readonly terms: TunnelTerms) {}

  begin(): void {
    void this.run();
  }

  abort(): void {
    this.over = true;
    const { dial: dialled } = this.terms.record;
    // A dial that is given up may end its phases a moment later; not in a record that is closed.
    if (dialled !== undefined && this.closeSocket === undefined)
      this.terms.record.dial = endedCopy(
        dialled,
        this.terms.context.clock.nowMs(),
      );
    this.abortion.abort();
    this.closeSocket?.();
  }

  private async run(): Promise<void> {
    const { terms } = this;
    const { target, record, context, handlers } = terms;
    const dialled: DialRecord = { connects: [] };
    record.dial = dialled;
    const result = await dial(
      { target, use: "tunnel", alpn: [], key: "" },
      context,
      {
        record: dialled,
        signal: this.abortion.signal,
        progressed: () => {
          if (!this.over) handlers.progressed();
        },
      },
    ).catch((error: unknown) => ({
      ok: false as const,
      failure: { kind: "internal", cause: lineOf(error) } satisfies Failure,
    }));
    if (this.over || !result.ok || result.value.socket.destroyed) {
      if (result.ok) result.value.socket.destroy();
      terms.gone();
      if (this.over) return;
      this.over = true;
      handlers.failed(result.ok ? CLOSED_AT_ONCE : result.failure);
      return;
    }
    const { socket, peerAddress, peerPort } = result.value;
    record.upstreamConnectionId = terms.connectionId;
    if (peerAddress !== undefined) record.peerAddress = peerAddress;
    if (peerPort !== undefined) record.peerPort = peerPort;
    this.closeSocket = () => void socket.destroy();
    socket.once("close", () => {
      terms.gone();
    });
    handlers.progressed();
    handlers.connected(new SocketSource(socket), new SocketSink(socket));
  }
}
