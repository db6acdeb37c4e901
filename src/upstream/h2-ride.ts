import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
} from "node:http2";

import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import type { UpstreamRequest } from "../model/upstream.js";
import { endToEndTrailers } from "../policy/end-to-end.js";
import type { Ride, RideListener } from "./connection.js";
import { H2Body } from "./h2-body.js";
import { h2RequestHeaders } from "./h2-request-headers.js";
import { H2Sink } from "./h2-sink.js";
import { hearErrors } from "./hear-errors.js";
import { checkedHead, interimHead, pairs } from "./response-head.js";
import type { StreamWindows } from "./stream-windows.js";
import { codeOf, lineOf } from "./system-error.js";

export interface H2Way {
  session: ClientHttp2Session;
  clock: Clock;
  scheme: "http" | "https";
  windows: StreamWindows;
  /** What became of a stream that ended without its END_STREAM. */
  failureOf(
    stream: ClientHttp2Stream,
    error: Error | undefined,
    phase: "wait" | "receive",
  ): Failure;
  /** The stream's slot is free. */
  done(ride: H2Ride): void;
}

type HeadEvent = [headers: IncomingHttpHeaders, flags: number, raw?: unknown];

/** One request on an HTTP/2 connection, from its HEADERS to the end of the response's body. */
export class H2Ride implements Ride {
  private stream: ClientHttp2Stream | undefined;
  private body: H2Body | undefined;
  private error: Error | undefined;
  private responded = false;
  private over = false;

  constructor(
    private readonly way: H2Way,
    private readonly asked: UpstreamRequest,
    private readonly listener: RideListener,
  ) {}

  begin(): void {
    const { asked, way, listener } = this;
    let stream: ClientHttp2Stream;
    try {
      stream = way.session.request(h2RequestHeaders(asked, way.scheme), {
        endStream: !asked.hasBody,
        waitForTrailers: asked.hasBody,
      });
    } catch (error) {
      way.done(this);
      this.fail(refusedBeforeSent(error));
      return;
    }
    hearErrors(stream);
    this.stream = stream;
    const body = new H2Body(stream, () => {
      this.bodyEnded();
    });
    this.body = body;
    stream.on("error", (error) => {
      this.error ??= error;
    });
    stream.on("headers", (...told: HeadEvent) => {
      if (!this.over && !this.responded) this.interim(told);
    });
    stream.on("response", (...told: HeadEvent) => {
      if (!this.over && !this.responded) this.head(told, body);
    });
    stream.on("trailers", (...told: HeadEvent) => {
      body.trailed(endToEndTrailers(fieldsOf(told)));
    });
    stream.on("close", () => {
      this.closed(stream);
    });
    if (asked.hasBody) {
      const sink = new H2Sink(
        stream,
        () => {
          if (!this.over) listener.sendBegan();
        },
        () => {
          if (!this.over) listener.sendEnded();
        },
      );
      listener.ready(sink);
    } else {
      listener.ready(undefined);
    }
  }

  abort(): void {
    if (this.over) return;
    if (this.responded) this.body?.cancel();
    this.over = true;
    this.stream?.close(constants.NGHTTP2_CANCEL);
  }

  private interim(told: HeadEvent): void {
    const status = Number(told[0][":status"]);
    this.listener.informational(interimHead(status, fieldsOf(told)));
  }

  private head(told: HeadEvent, body: H2Body): void {
    const { way, asked } = this;
    const firstByteAtMs = way.clock.nowMs();
    const checked = checkedHead({
      protocol: "2",
      status: Number(told[0][":status"]),
      headers: fieldsOf(told),
      method: asked.method,
    });
    if (!checked.ok) {
      this.fail(checked.failure);
      return;
    }
    const { head, hasBody } = checked.value;
    this.responded = true;
    way.windows.bodyOpened();
    body.expect(hasBody ? head.contentLength : undefined);
    this.listener.response(head, body, "2", firstByteAtMs);
  }

  private bodyEnded(): void {
    this.over = true;
    this.way.windows.bodyClosed();
    // What of the request is still unwritten nobody waits for (RFC 9113 §8.1).
    if (this.stream?.writableEnded === false)
      this.stream.close(constants.NGHTTP2_CANCEL);
  }

  private closed(stream: ClientHttp2Stream): void {
    const { way, body, error } = this;
    if (this.responded) body?.broke(way.failureOf(stream, error, "receive"));
    else this.fail(way.failureOf(stream, error, "wait"));
    way.done(this);
  }

  private fail(failure: Failure): void {
    if (this.over) return;
    this.over = true;
    this.stream?.close(constants.NGHTTP2_CANCEL);
    this.listener.failed(failure);
  }
}

/** The fields of a header event; names and values as they stood, which Node's types leave out. */
function fieldsOf([, , raw]: HeadEvent): HeaderList {
  if (!Array.isArray(raw)) return [];
  return pairs(raw as string[]).filter(([name]) => !name.startsWith(":"));
}

/** node:http2 threw: nothing of the request left the machine. */
function refusedBeforeSent(error: unknown): Failure {
  const code = codeOf(error);
  const closing =
    code === "ERR_HTTP2_GOAWAY_SESSION" || code === "ERR_HTTP2_INVALID_SESSION";
  return {
    kind: closing ? "goaway" : "bad-request",
    phase: "wait",
    ...(code === undefined ? {} : { code }),
    cause: lineOf(error),
  };
}
