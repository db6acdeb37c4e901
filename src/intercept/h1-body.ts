import type { IncomingMessage, ServerResponse } from "node:http";

import type { BodyReader, BodySource } from "../model/body.js";
import { endToEndTrailers } from "../policy/end-to-end.js";
import { pairFields } from "./raw-fields.js";

/** The body of an HTTP/1 request. */
export class H1Body implements BodySource {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #expectsContinue: boolean;
  #reader: BodyReader | undefined;
  #isCancelled = false;

  /** @param expectsContinue the client waits for 100 before it sends the body (RFC 9110 §10.1.1) */
  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    expectsContinue: boolean,
  ) {
    this.#request = request;
    this.#response = response;
    this.#expectsContinue = expectsContinue;
  }

  start(reader: BodyReader): void {
    if (this.#isCancelled) return;
    this.#reader = reader;
    const request = this.#request;
    if (request.destroyed && !request.readableEnded) {
      this.#fail();
      return;
    }
    request.on("data", (chunk: Buffer) => this.#reader?.data(chunk));
    request.once("end", () => {
      const ended = this.#reader;
      // Node ends a cut body with `end` too, in some versions: `complete` alone says that the last byte was there.
      if (!request.complete) {
        this.#fail();
        return;
      }
      this.#reader = undefined;
      const trailers = endToEndTrailers(pairFields(request.rawTrailers));
      ended?.end(trailers.length > 0 ? trailers : undefined);
    });
    request.once("close", () => {
      this.#fail();
    });
    this.#sendContinue();
    request.resume();
  }

  pause(): void {
    this.#request.pause();
  }

  resume(): void {
    this.#request.resume();
  }

  /** The rest is read and thrown away, so that a client that writes before it reads gets its answer. */
  cancel(): void {
    this.#isCancelled = true;
    this.#reader = undefined;
    // A client that waits for 100 would send the whole body for nothing: it sees the final answer instead.
    if (!this.#expectsContinue) this.#request.resume();
  }

  #sendContinue(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    if (!this.#response.headersSent) this.#response.writeContinue();
  }

  #fail(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.failed({ kind: "client-gone" });
  }
}
