import type { BodySource } from "../model/body.js";
import type { Failure } from "../model/failure.js";

/** A look-up of a checksum database is about 1 kB. */
const MOST_BYTES = 65_536;

/** Reads a small body whole. @param done called once, unless the source is cancelled before */
export function wholeBody(
  source: BodySource,
  done: (body: Uint8Array | Failure) => void,
): void {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  source.start({
    data(chunk) {
      bytes += chunk.byteLength;
      if (bytes <= MOST_BYTES) return void chunks.push(chunk);
      source.cancel();
      done({
        kind: "overlong",
        phase: "receive",
        cause: `more than ${MOST_BYTES} bytes where a few lines are expected`,
      });
    },
    end: () => {
      done(Buffer.concat(chunks));
    },
    failed: done,
  });
}

/** A body that is in memory. */
export function bytesSource(bytes: Uint8Array): BodySource {
  let cancelled = false;
  return {
    start(reader) {
      if (bytes.byteLength > 0) reader.data(bytes);
      // The reader may have cancelled it meanwhile.
      if (!cancelled) reader.end();
    },
    pause() {},
    resume() {},
    cancel() {
      cancelled = true;
    },
  };
}
