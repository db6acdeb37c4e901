// The vocabulary of scripted origins: what they saw, what they answer, and how the answer goes wrong on cue.

/** One request as it reached an origin. All times are `performance.now()` of the process that runs the origin. */
export interface OriginRequest {
  /** Counts up in one origin. */
  id: number;
  method: string;
  /** Path and query. */
  path: string;
  /** Host or `:authority`. */
  authority: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  protocol: "1.0" | "1.1" | "2";
  /** Counts up in one origin: two requests with one id came over one connection. */
  connectionId: number;
  startedAtMs: number;
  /** Its last byte was handed to the kernel, or it was broken off; undefined while it is open. */
  endedAtMs: number | undefined;
  /** The answer's status; undefined where no head was sent. */
  status: number | undefined;
  /** Body bytes sent. */
  bodyBytes: number;
  /** The client went away before the end. */
  gone: boolean;
  /** Reads the request's body to its end. */
  body(): Promise<Buffer>;
}

export interface Answer {
  /** 200 by default. */
  status?: number;
  headers?: Record<string, string>;
  /** Of a Uint8Array or text the length is announced; an iterable without its own content-length is chunked. */
  body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  /**
   * Answers Range requests with 206, or with what looks like it; only for bodies that are no iterables. An If-Range that is not
   * this answer's own `etag` gets the whole body.
   */
  range?: boolean | RangeFault;
  /** Thinking time before the head. */
  delayMs?: number;
  /** Bytes a second; without it as fast as it goes. */
  rate?: number;
  fault?: Fault;
}

/** How a 206 may lie: other bytes than the range's, another total, another range than was asked for. */
export type RangeFault = "wrong-bytes" | "wrong-total" | "wrong-start";

/** What goes wrong. `atByte` counts body bytes that were sent before it. */
export type Fault =
  | { kind: "drop" } // the request is read and never answered
  | { kind: "stall"; atByte: number } // head and so many bytes, then silence
  | { kind: "reset"; atByte: number | "head" } // TCP RST
  | { kind: "truncate"; atByte: number } // a clean FIN (HTTP/1) or END_STREAM (HTTP/2) before the announced end
  | { kind: "overlong"; extraBytes: number } // more than Content-Length said
  | { kind: "length"; contentLength: number } // a Content-Length that is not true
  | { kind: "wrong-byte"; atByte: number }
  | { kind: "drip"; bytes: number; everyMs: number }
  | { kind: "goaway"; atByte: number; code: number } // HTTP/2: GOAWAY, then on with the body
  | { kind: "goaway-unseen"; code: number } // HTTP/2: GOAWAY that says this request was never looked at; not for a connection's first
  | { kind: "rst-stream"; atByte: number; code: number } // HTTP/2
  | { kind: "raw"; text: string; after: "stall" | "close" | "reset" }; // HTTP/1: these bytes instead of an answer

/** Decides the answer to one request. */
export type Handler = (request: OriginRequest) => Answer | Promise<Answer>;

export const NOT_FOUND: Answer = {
  status: 404,
  headers: { "content-type": "text/plain; charset=utf-8" },
  body: "not found\n",
};
