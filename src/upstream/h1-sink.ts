import type { ClientRequest } from "node:http";

import type { BodySink } from "../model/body.js";
import type { HeaderList } from "../model/headers.js";

/** The body of an HTTP/1.1 request. Writes after the connection's end are swallowed: the attempt says what became of it. */
export class H1Sink implements BodySink {
  private began = false;
  private over = false;

  constructor(
    private readonly request: ClientRequest,
    private readonly sendBegan: () => void,
    private readonly sendEnded: () => void,
  ) {}

  write(chunk: Uint8Array): boolean {
    if (this.gone()) return true;
    this.begin();
    return this.request.write(chunk);
  }

  onDrain(listener: () => void): void {
    this.request.on("drain", listener);
    // Nothing is taken any more, and nobody shall wait for it.
    this.request.on("close", listener);
  }

  end(trailers?: HeaderList): void {
    if (this.gone()) return;
    this.over = true;
    this.begin();
    if (trailers !== undefined && trailers.length > 0)
      this.request.addTrailers(
        trailers.map(([name, value]): [string, string] => [name, value]),
      );
    this.request.end();
    this.sendEnded();
  }

  reset(): void {
    this.over = true;
    this.request.destroy();
  }

  private gone(): boolean {
    return this.over || this.request.destroyed;
  }

  private begin(): void {
    if (this.began) return;
    this.began = true;
    this.sendBegan();
  }
}
