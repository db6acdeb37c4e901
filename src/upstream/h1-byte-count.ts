import type { Framing } from "./h1-body.js";

const HEAD_END = "\r\n\r\n";

/**
 * Counts the bytes of one HTTP/1.1 response, apart from node:http, whose parser drops what follows a message in the same read
 * when that looks like the beginning of the next one. Left unseen, those bytes would shift every later answer on the
 * connection by some bytes, or by one answer (response splitting).
 */
export class H1ByteCount {
  private total = 0;
  private heads = "";
  private tail = "";
  /** Bytes up to the end of the final head; undefined where it was not found. */
  private headEnd: number | undefined;
  private framing: Framing | undefined;

  /** Each read, before it is parsed. */
  read(chunk: Buffer): void {
    this.total += chunk.length;
    if (this.framing === undefined) this.heads += chunk.toString("latin1");
    else
      this.tail = (
        this.tail + chunk.toString("latin1", Math.max(0, chunk.length - 4))
      ).slice(-4);
  }

  /** @param interim 1xx heads that came before the final one */
  headRead(framing: Framing, interim: number): void {
    this.framing = framing;
    let end = 0;
    for (let i = 0; i <= interim; i++) {
      const at = this.heads.indexOf(HEAD_END, end);
      if (at < 0) break;
      end = at + HEAD_END.length;
      if (i === interim) this.headEnd = end;
    }
    this.tail = this.heads.slice(-4);
    this.heads = "";
  }

  /** More bytes came than the framing promised; known as soon as they came, where it is a number of bytes. */
  get surplus(): boolean {
    const { framing, headEnd, total } = this;
    if (framing?.type !== "length" || headEnd === undefined) return false;
    return total > headEnd + framing.bytes;
  }

  /** Asked when the message is whole: nothing followed it. False also where that cannot be said. */
  get exact(): boolean {
    const { framing, headEnd, total } = this;
    if (framing === undefined || headEnd === undefined) return false;
    switch (framing.type) {
      case "length":
        return total === headEnd + framing.bytes;
      case "none":
        return total === headEnd;
      case "chunked":
        // What follows and ends like this is a whole head: node:http closes the connection on a second answer.
        return this.tail === HEAD_END;
      case "eof":
        return false;
    }
  }
}
