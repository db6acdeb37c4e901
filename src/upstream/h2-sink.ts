import {
  type ClientHttp2Stream,
  constants,
  type OutgoingHttpHeaders,
} from "node:http2";

import type { BodySink } from "../model/body.js";
import type { HeaderList } from "../model/headers.js";

/** The body of an HTTP/2 request. Writes after the stream's end are swallowed: the attempt says what became of it. */
export class H2Sink implements BodySink {
  private began = false;
  private over = false;
  private trailers: OutgoingHttpHeaders = {};

  /** @param stream made with `waitForTrailers` */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly sendBegan: () => void,
    private readonly sendEnded: () => void,
  ) {
    stream.on("wantTrailers", () => {
      if (!stream.destroyed) stream.sendTrailers(this.trailers);
    });
  }

  write(chunk: Uint8Array): boolean {
    if (this.gone()) return true;
    this.begin();
    return this.stream.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.stream.on("drain", listener);
    // Nothing is taken any more, and nobody shall wait for it.
    this.stream.on("close", listener);
  }

  end(trailers?: HeaderList): void {
    if (this.gone()) return;
    this.over = true;
    this.begin();
    for (const [name, value] of trailers ?? [])
      this.trailers[name.toLowerCase()] = value;
    this.stream.end();
    this.sendEnded();
  }

  reset(): void {
    this.over = true;
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  private gone(): boolean {
    return this.over || this.stream.closed || this.stream.destroyed;
  }

  private begin(): void {
    if (this.began) return;
    this.began = true;
    this.sendBegan();
  }
}
