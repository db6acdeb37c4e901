import { type ClientHttp2Stream, constants } from "node:http2";

import type { Failure } from "../model/failure.js";
import { h2ErrorName } from "./h2-error-name.js";
import { codeOf } from "./system-error.js";

/** What is known of the end of an HTTP/2 connection. */
export interface H2End {
  goaway: { code: number; lastStreamId: number } | undefined;
  /** Why it ended; undefined while it lives, and where node:http2 ended it for a fault of the peer's frames. */
  endedBy: { code: string; cause: string } | undefined;
  destroyed: boolean;
}

/** What became of a stream that closed without its END_STREAM: refused, reset, or gone with its connection. */
export function h2Failure(
  stream: ClientHttp2Stream,
  error: Error | undefined,
  phase: "wait" | "receive",
  { goaway, endedBy, destroyed }: H2End,
): Failure {
  const reset = stream.rstCode ?? constants.NGHTTP2_NO_ERROR;
  const unprocessed =
    reset === constants.NGHTTP2_REFUSED_STREAM ||
    (goaway !== undefined &&
      (stream.id === undefined || stream.id > goaway.lastStreamId));
  if (phase === "wait" && unprocessed) {
    return {
      kind: "goaway",
      phase,
      code: h2ErrorName(goaway?.code ?? constants.NGHTTP2_REFUSED_STREAM),
      cause: "the server did not take the request",
    };
  }
  if (endedBy !== undefined || destroyed) {
    const code = endedBy?.code ?? codeOf(error);
    const malformed = endedBy === undefined && error !== undefined;
    const how = malformed
      ? `ended: ${error.message}`
      : (endedBy?.cause ?? "closed");
    return {
      kind:
        phase === "receive" ? "truncated" : malformed ? "protocol" : "reset",
      phase,
      ...(code === undefined ? {} : { code }),
      cause: `the HTTP/2 connection was ${how}`,
    };
  }
  return {
    kind: "stream-reset",
    phase,
    code: h2ErrorName(reset),
    cause: `the server reset the stream: ${h2ErrorName(reset)}`,
  };
}
