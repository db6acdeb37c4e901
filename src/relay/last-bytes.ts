/** The end of what went by. Keeps the chunks as they came: at most one more of them than it takes. */
export class LastBytes {
  private chunks: Uint8Array[] = [];
  private kept = 0;

  /** @param atLeast so many bytes are there as soon as so many have come */
  constructor(private readonly atLeast: number) {}

  add(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.kept += chunk.byteLength;
    for (;;) {
      const [first] = this.chunks;
      if (first === undefined || this.kept - first.byteLength < this.atLeast)
        return;
      this.kept -= first.byteLength;
      this.chunks.shift();
    }
  }

  /** The last `bytes` of it, or as many as there are, at most those that are kept for certain. */
  end(bytes: number): Uint8Array {
    const all = Buffer.concat(this.chunks);
    return all.subarray(
      Math.max(0, all.byteLength - Math.min(bytes, this.atLeast)),
    );
  }
}
