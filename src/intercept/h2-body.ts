import type { ServerHttp2Stream } from "node:http2";

import type { BodyReader, BodySource } from "../model/body.js";
import { endToEndTrailers } from "../policy/end-to-end.js";
import type { HeaderList } from "../model/headers.js";
import { pairFields } from "./raw-fields.js";

/** The body of an HTTP/2 request. */
export class H2Body implements BodySource {
  readonly #stream: ServerHttp2Stream;
  #expectsContinue: boolean;
  #reader: BodyReader | undefined;
  #isCancelled = false;

  /** @param expectsContinue the client waits for 100 before it sends the body (RFC 9110 §10.1.1) */
  constructor(stream: ServerHttp2Stream, expectsContinue: boolean) {
    this.#stream = stream;
    this.#expectsContinue = expectsContinue;
  }

  start(reader: BodyReader): void {
    if (this.#isCancelled) return;
    this.#reader = reader;
    const stream = this.#stream;
    if (stream.destroyed) {
      this.#fail();
      return;
    }
    let trailers: HeaderList = [];
    stream.on("trailers", (_headers, _flags, raw?: string[]) => {
      trailers = endToEndTrailers(pairFields(raw ?? []));
    });
    stream.on("data", (chunk: Buffer) => this.#reader?.data(chunk));
    stream.once("end", () => {
      // A client that resets its stream ends it for Node too (FACTS L20); one that ended it still waits for the answer.
      if (stream.closed || stream.aborted) {
        this.#fail();
        return;
      }
      const ended = this.#reader;
      this.#reader = undefined;
      ended?.end(trailers.length > 0 ? trailers : undefined);
    });
    stream.once("aborted", () => {
      this.#fail();
    });
    stream.once("close", () => {
      this.#fail();
    });
    if (this.#expectsContinue && !stream.headersSent)
      stream.additionalHeaders({ ":status": 100 });
    this.#expectsContinue = false;
    stream.resume();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** The rest is thrown away, so that the client's other streams keep their share of the connection's window. */
  cancel(): void {
    this.#isCancelled = true;
    this.#reader = undefined;
    this.#stream.resume();
  }

  #fail(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.failed({ kind: "client-gone" });
  }
}
