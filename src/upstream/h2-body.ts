import { constants, type ClientHttp2Stream } from "node:http2";

import type { BodyReader, BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";

/**
 * A response body of HTTP/2. node:http2 ends a stream in the same way for END_STREAM and for RST_STREAM(NO_ERROR), a FIN or a
 * GOAWAY with a close (FACTS L20): only an end that is pushed while the stream is not `closed` was sent by the peer. At that
 * moment all bytes are here, so they are moved into a queue of our own, where nothing that happens to the connection afterwards
 * can take them away from a slow reader.
 */
export class H2Body implements BodySource {
  private reader: BodyReader | undefined;
  private readonly queue: Buffer[] = [];
  private flowing = false;
  private endedByPeer = false;
  private endTold = false;
  private bytes = 0;
  private contentLength: number | undefined;
  private trailers: HeaderList | undefined;
  private failure: Failure | undefined;
  private over = false;

  /**
   * @param stream just made: nothing was read from it yet
   * @param ended called once, when the body is over for whatever reason
   */
  constructor(
    private readonly stream: ClientHttp2Stream,
    private readonly ended: () => void,
  ) {
    stream.on("data", (chunk: Buffer) => {
      this.arrived(chunk);
    });
    stream.pause();
    const push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null): boolean => {
      const more = push(chunk);
      if (chunk === null && !stream.closed && !this.endedByPeer)
        this.peerEnded();
      return more;
    };
  }

  /** The peer has sent its last byte, and said so. */
  get complete(): boolean {
    return this.endedByPeer;
  }

  /** What the head promised; checked at the end. */
  expect(contentLength: number | undefined): void {
    this.contentLength = contentLength;
  }

  trailed(trailers: HeaderList): void {
    this.trailers = trailers;
  }

  start(reader: BodyReader): void {
    this.reader = reader;
    this.resume();
  }

  pause(): void {
    this.flowing = false;
    if (!this.endedByPeer) this.stream.pause();
  }

  resume(): void {
    if (this.over || this.reader === undefined) return;
    this.flowing = true;
    if (!this.endedByPeer) this.stream.resume();
    queueMicrotask(() => {
      this.deliver();
    });
  }

  cancel(): void {
    if (this.over) return;
    this.finish();
    this.stream.close(constants.NGHTTP2_CANCEL);
  }

  /** The stream is gone. After the peer's own end that changes nothing. */
  broke(failure: Failure): void {
    if (this.over || this.endedByPeer || this.failure !== undefined) return;
    this.failure = this.lengthFault(failure) ?? failure;
    this.deliver();
  }

  private arrived(chunk: Buffer): void {
    if (this.over) return;
    this.bytes += chunk.byteLength;
    if (this.flowing && this.queue.length === 0) this.reader?.data(chunk);
    else this.queue.push(chunk);
  }

  private peerEnded(): void {
    this.endedByPeer = true;
    while (this.stream.read() !== null);
    // The trailers were read just now, and their event is on its way.
    process.nextTick(() => {
      this.endTold = true;
      this.deliver();
    });
  }

  private deliver(): void {
    const { reader } = this;
    if (reader === undefined || this.over) return;
    if (this.failure !== undefined) {
      this.finish();
      reader.failed(this.failure);
      return;
    }
    while (this.flowing && !this.stopped()) {
      const chunk = this.queue.shift();
      if (chunk === undefined) break;
      reader.data(chunk);
    }
    if (this.queue.length > 0 || !this.endTold || this.stopped()) return;
    this.finish();
    const failure = this.wrongLength();
    if (failure === undefined) reader.end(this.trailers);
    else reader.failed(failure);
  }

  /** A method, because `data` may have cancelled the body while it ran. */
  private stopped(): boolean {
    return this.over;
  }

  private wrongLength(): Failure | undefined {
    if (this.contentLength === undefined || this.contentLength === this.bytes)
      return undefined;
    const short = this.bytes < this.contentLength;
    return {
      kind: short ? "truncated" : "overlong",
      phase: "receive",
      cause: `${this.bytes} bytes came, Content-Length said ${this.contentLength}`,
    };
  }

  /**
   * nghttp2 itself resets a stream whose DATA frames do not add up to Content-Length (RFC 9113 §8.1.1), before it hands over
   * what is too much; whether that or a missing rest was the reason it does not say.
   */
  private lengthFault(failure: Failure): Failure | undefined {
    const { bytes, contentLength } = this;
    if (failure.code !== "PROTOCOL_ERROR" || contentLength === undefined)
      return undefined;
    return {
      ...failure,
      kind: bytes < contentLength ? "truncated" : "overlong",
      cause: `the body is not as long as Content-Length (${contentLength}) said; ${bytes} bytes were taken`,
    };
  }

  private finish(): void {
    this.over = true;
    this.queue.length = 0;
    this.ended();
  }
}
