import type { FileHandle } from "node:fs/promises";

import type { BodyReader, BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";

const CHUNK_BYTES = 262_144;

/**
 * The first `bytes` of an open file as a body. Reads one chunk at a time, and none while paused. Closes the file after the end,
 * a failure or `cancel`, whichever comes first.
 */
export class FileBody implements BodySource {
  private reader: BodyReader | undefined;
  private position = 0;
  private paused = false;
  private reading = false;
  private over = false;

  constructor(
    private readonly handle: FileHandle,
    private readonly bytes: number,
  ) {}

  start(reader: BodyReader): void {
    this.reader = reader;
    void this.read();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    void this.read();
  }

  cancel(): void {
    if (!this.finish()) return;
    // Waits for a read that is under way.
    void this.handle.close().catch(() => undefined);
  }

  private async read(): Promise<void> {
    const { reader } = this;
    if (this.reading || reader === undefined) return;
    this.reading = true;
    let failure: Failure | undefined;
    // Again: it may have been resumed between the last chunk and here.
    do failure = await this.readOn(reader);
    while (failure === undefined && this.isWanted());
    this.reading = false;
    const isDone = failure !== undefined || this.position === this.bytes;
    if (!isDone || !this.finish()) return;
    await this.handle.close().catch(() => undefined);
    if (failure === undefined) reader.end();
    else reader.failed(failure);
  }

  /** Reads until there is nothing more, nothing more is wanted, or it fails. */
  private async readOn(reader: BodyReader): Promise<Failure | undefined> {
    while (this.isWanted()) {
      // A new one each time: the reader may hold it for as long as it likes.
      const chunk = Buffer.allocUnsafe(
        Math.min(CHUNK_BYTES, this.bytes - this.position),
      );
      const read = await this.handle
        .read(chunk, 0, chunk.length, this.position)
        .catch((error: unknown) => error as NodeJS.ErrnoException);
      if (this.over) return undefined;
      if (read instanceof Error) return cut(read.message, read.code);
      if (read.bytesRead === 0) return cut("the file has become shorter");
      this.position += read.bytesRead;
      reader.data(chunk.subarray(0, read.bytesRead));
    }
    return undefined;
  }

  private isWanted(): boolean {
    return !this.paused && !this.over && this.position < this.bytes;
  }

  /** @returns false where it was over already */
  private finish(): boolean {
    if (this.over) return false;
    this.over = true;
    return true;
  }
}

function cut(cause: string, code?: string): Failure {
  return {
    kind: "truncated",
    phase: "receive",
    ...(code === undefined ? {} : { code }),
    cause,
  };
}
