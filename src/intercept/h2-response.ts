import {
  constants,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";

import type { BodySink } from "../model/body.js";
import type { ClientResponse, ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import { type HeaderList, headerValue } from "../model/headers.js";
import type { Log } from "../model/log.js";
import { errorCode, hearErrors } from "./error-listeners.js";
import { h2Fields, singleFields } from "./h2-fields.js";
import { BodyCount, hasNoBody, headFields } from "./response-fields.js";
import type { OpenExchange, TrackedConnection } from "./tracked-connection.js";

const EXCHANGE = Symbol("exchange");

interface ExchangeStream extends ServerHttp2Stream {
  [EXCHANGE]?: H2Response;
}

// One function for all streams: listeners find their exchange on the stream.
function onAborted(this: ExchangeStream): void {
  this[EXCHANGE]?.clientGone();
}
function onClose(this: ExchangeStream): void {
  this[EXCHANGE]?.closed();
}
function onDrain(this: ExchangeStream): void {
  this[EXCHANGE]?.drained();
}

/** The answer to one HTTP/2 request, on Node's stream API (FACTS L19). */
export class H2Response implements ClientResponse, BodySink, OpenExchange {
  readonly sink: BodySink = this;
  readonly #stream: ExchangeStream;
  readonly #method: string;
  readonly #connection: TrackedConnection;
  readonly #log: Log;
  readonly #idle: () => void;
  readonly #drainListeners: (() => void)[] = [];
  #gone: (() => void) | undefined;
  #isGone = false;
  #isReset = false;
  #isEnded = false;
  #hasBody = true;
  #count: BodyCount | undefined;
  #trailers: OutgoingHttpHeaders | undefined;

  /**
   * @param requestEnded the request came whole with its head
   * @param idle called when no stream is open on the connection any more
   */
  constructor(
    stream: ServerHttp2Stream,
    method: string,
    private readonly requestEnded: boolean,
    connection: TrackedConnection,
    log: Log,
    idle: () => void,
  ) {
    this.#stream = stream;
    this.#stream[EXCHANGE] = this;
    this.#method = method;
    this.#connection = connection;
    this.#log = log;
    this.#idle = idle;
    connection.open.add(this);
    hearErrors(stream);
    stream.on("aborted", onAborted);
    stream.on("close", onClose);
  }

  head(head: ResponseHead): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    this.#hasBody = !hasNoBody(this.#method, head.status);
    if (this.#hasBody) this.#count = new BodyCount(head.contentLength);
    const fields = headFields(head, true);
    // Each answer with a place for trailers costs one more event: only those that announce trailers have it.
    const waitForTrailers =
      this.#hasBody && headerValue(fields, "trailer") !== undefined;
    if (waitForTrailers)
      stream.once("wantTrailers", () => {
        if (!stream.destroyed) stream.sendTrailers(this.#trailers ?? {});
      });
    const out = h2Fields(fields);
    const options = { sendDate: false, waitForTrailers };
    out[":status"] = head.status;
    try {
      stream.respond(out, options);
    } catch (error) {
      this.#respondSingle(out, options, error);
    }
  }

  informational(head: ResponseHead): void {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return;
    // Only the body's start says 100: the client must not hear it twice.
    if (head.status < 102 || head.status > 199) return;
    const fields = singleFields(h2Fields(head.headers));
    stream.additionalHeaders({ ...fields, ":status": head.status });
  }

  write(chunk: Uint8Array): boolean {
    const stream = this.#stream;
    if (!this.#hasBody || stream.destroyed || stream.writableEnded) return true;
    if (!stream.headersSent) {
      // Without a head Node would invent a 200.
      this.reset({ kind: "internal" });
      return true;
    }
    if (this.#count?.add(chunk.byteLength) === false) {
      this.reset({ kind: "overlong" });
      return true;
    }
    return stream.write(chunk);
  }

  onDrain(listener: () => void): void {
    if (this.#drainListeners.length === 0) this.#stream.on("drain", onDrain);
    this.#drainListeners.push(listener);
  }

  drained(): void {
    for (const listener of this.#drainListeners) listener();
  }

  end(trailers?: HeaderList): void {
    if (this.#isEnded || this.#isReset) return;
    if (this.#count?.isShort === true) {
      this.reset({ kind: "truncated" });
      return;
    }
    const stream = this.#stream;
    if (!stream.headersSent) {
      this.reset({ kind: "internal" });
      return;
    }
    this.#isEnded = true;
    if (stream.destroyed) return;
    if (trailers !== undefined)
      this.#trailers = singleFields(h2Fields(trailers));
    if (!stream.writableEnded) stream.end();
    // RFC 9113 §8.1: the answer is whole before the request is; nobody wants the rest of it.
    if (!this.requestEnded && !stream.readableEnded)
      stream.close(constants.NGHTTP2_NO_ERROR);
  }

  reset(failure: Failure): void {
    if (this.#isReset) return;
    this.#isReset = true;
    this.#connection.open.delete(this);
    // Not close(code): it calls end() first, and the END_STREAM that goes out then makes a cut body look complete.
    this.#stream.destroy(new Error(failure.kind));
  }

  onGone(listener: () => void): void {
    if (this.#isGone) listener();
    else this.#gone = listener;
  }

  clientGone(): void {
    if (this.#isGone || this.#isReset) return;
    this.#isGone = true;
    this.#connection.open.delete(this);
    const gone = this.#gone;
    this.#gone = undefined;
    gone?.();
  }

  closed(): void {
    if (!this.#isEnded || this.#stream.rstCode > constants.NGHTTP2_NO_ERROR)
      this.clientGone();
    this.#connection.open.delete(this);
    if (this.#connection.open.size === 0) this.#idle();
  }

  #respondSingle(
    out: OutgoingHttpHeaders,
    options: { sendDate: boolean; waitForTrailers: boolean },
    error: unknown,
  ): void {
    try {
      if (errorCode(error) !== "ERR_HTTP2_HEADER_SINGLE_VALUE") throw error;
      this.#stream.respond(singleFields(out), options);
    } catch (second) {
      this.#log.error(
        `a response head cannot be written: ${errorCode(second)}`,
      );
      this.reset({ kind: "internal" });
    }
  }
}
