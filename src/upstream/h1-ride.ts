import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from "node:http";

import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import { headerValue } from "../model/headers.js";
import type { UpstreamRequest, UpstreamTarget } from "../model/upstream.js";
import type { Ride, RideListener } from "./connection.js";
import { isForwarded } from "./dial-plan.js";
import { cut, H1Body } from "./h1-body.js";
import { framingOf, keepAliveMs, overlong, unasked } from "./h1-answer.js";
import { H1ByteCount } from "./h1-byte-count.js";
import { h1RequestHeaders, h1Target } from "./h1-request-head.js";
import { H1Sink } from "./h1-sink.js";
import { proxyAuthFailure, proxyChallenges } from "./proxy-auth-failure.js";
import { checkedHead, interimHead, pairs } from "./response-head.js";
import { codeOf, lineOf } from "./system-error.js";

/** Go's client reads up to 10 MB of fields; so many no module proxy sends. */
const MAX_HEAD_BYTES = 262_144;

export interface H1Way {
  agent: Agent;
  clock: Clock;
  target: UpstreamTarget;
}

/** One request on an HTTP/1.1 connection, from its first byte to the end of the response's body. */
export class H1Ride implements Ride {
  /** The response ended as its framing says and the whole request was written. */
  clean = false;
  /** How long the peer said it keeps the connection (`Keep-Alive: timeout=5`), less a second for the way; else for ever. */
  peerKeepsMs = Number.POSITIVE_INFINITY;

  private request: ClientRequest | undefined;
  private body: H1Body | undefined;
  private readonly count = new H1ByteCount();
  private interim = 0;
  private firstByteAtMs: number | undefined;
  private over = false;

  /** @param closeConnection called when nothing more may be sent on the connection */
  constructor(
    private readonly way: H1Way,
    private readonly asked: UpstreamRequest,
    private readonly listener: RideListener,
    private readonly closeConnection: () => void,
  ) {}

  begin(): void {
    const { asked, way, listener } = this;
    let request: ClientRequest;
    try {
      request = httpRequest({
        agent: way.agent,
        method: asked.method,
        path: h1Target(asked, way.target),
        headers: h1RequestHeaders(asked, way.target).flat(),
        setHost: false,
        maxHeaderSize: MAX_HEAD_BYTES,
        insecureHTTPParser: false,
      });
    } catch (error) {
      this.fail({ kind: "bad-request", cause: lineOf(error) });
      return;
    }
    this.request = request;
    request.on("error", (error) => {
      this.requestBroke(error);
    });
    request.on("information", (info) => {
      this.interim += 1;
      this.firstByteAtMs = undefined;
      if (!this.over)
        listener.informational(
          interimHead(info.statusCode, pairs(info.rawHeaders)),
        );
    });
    request.on("upgrade", (response) => {
      this.fail(unasked(response.statusCode));
    });
    request.on("response", (response) => {
      this.responded(response);
    });
    if (asked.hasBody) {
      const sink = new H1Sink(
        request,
        () => {
          if (!this.over) listener.sendBegan();
        },
        () => {
          if (!this.over) listener.sendEnded();
        },
      );
      request.flushHeaders();
      listener.ready(sink);
    } else {
      request.end();
      listener.ready(undefined);
    }
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    this.body?.cancel();
    this.request?.destroy();
    this.closeConnection();
  }

  /** Seen before node:http parses it. */
  bytesRead(chunk: Buffer): void {
    this.firstByteAtMs ??= this.way.clock.nowMs();
    this.count.read(chunk);
    if (this.body?.arrived === true || this.count.surplus) this.surplus();
  }

  /** Bytes behind a whole body. They belong to no request: the connection ends with this one. */
  private surplus(): void {
    this.body?.broke(overlong());
    this.closeConnection();
  }

  /** The socket reported an error; heard before node:http makes an end of it. */
  connectionBroke(code: string | undefined): void {
    this.body?.broke(cut(code));
  }

  private requestBroke(error: Error): void {
    const code = codeOf(error);
    const malformed = code?.startsWith("HPE_") === true;
    if (this.body === undefined) {
      this.fail({
        kind: malformed ? "protocol" : "reset",
        phase: "wait",
        ...(code === undefined ? {} : { code }),
        cause: malformed
          ? `the answer is no HTTP/1.1: ${lineOf(error)}`
          : "the connection was closed before the answer",
      });
    } else if (malformed && this.body.arrived) {
      this.surplus();
    } else if (malformed) {
      this.body.broke({
        kind: "protocol",
        phase: "receive",
        ...(code === undefined ? {} : { code }),
        cause: lineOf(error),
      });
    }
  }

  private responded(message: IncomingMessage): void {
    if (this.over) {
      message.destroy();
      return;
    }
    const status = message.statusCode ?? 0;
    const protocol = message.httpVersion === "1.0" ? "1.0" : "1.1";
    const headers = pairs(message.rawHeaders);
    // A proxy in front of plain http: its own word, not the origin's, and nothing that go could answer.
    const { way } = this.way.target;
    if (
      status === 407 &&
      way.type !== "direct" &&
      isForwarded(this.way.target)
    ) {
      const asked = headers.filter(
        ([name]) => name.toLowerCase() === "proxy-authenticate",
      );
      const challenges = proxyChallenges(asked.map(([, value]) => value));
      this.fail(proxyAuthFailure(way, challenges, "wait"));
      return;
    }
    const { method } = this.asked;
    const checked = checkedHead({ protocol, status, headers, method });
    if (!checked.ok) {
      this.fail(checked.failure);
      return;
    }
    this.peerKeepsMs = keepAliveMs(headerValue(headers, "keep-alive"));
    const framing = framingOf(checked.value);
    this.count.headRead(framing, this.interim);
    this.body = new H1Body(message, framing, (clean) => {
      this.over = true;
      // What of the request is still unwritten nobody waits for; the connection cannot be told apart from it.
      const written = this.request?.writableFinished === true;
      this.clean = clean && written && this.count.exact;
      if (!this.clean) this.closeConnection();
    });
    this.listener.response(
      checked.value.head,
      this.body,
      protocol,
      this.firstByteAtMs ?? this.way.clock.nowMs(),
    );
    if (this.count.surplus) this.surplus();
  }

  private fail(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.request?.destroy();
    this.closeConnection();
    this.listener.failed(failure);
  }
}
