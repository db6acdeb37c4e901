import type { BodySink, BodySource } from "./body.js";
import type { HeaderList } from "./headers.js";
import type { Via } from "./record.js";
import type { Origin } from "./way.js";

// What intercept/ hands to relay/: requests and tunnels of go, freed of HTTP/1.1 and HTTP/2.

/** The client's connection to gotap: one TCP connection, whatever runs inside it. */
export interface ClientConnection {
  /** Counts up in this process. */
  id: number;
  /** As the kernel says. */
  remoteAddress: string;
  remotePort: number;
  localPort: number;
  /** From the userinfo `run-ID` of Proxy-Authorization, or the run of the GOPROXY front; absent where there was none. */
  runId?: string;
  /** User-Agent of the CONNECT or of the first request. */
  userAgent?: string;
  openedAtMs: number;
}

export interface ResponseHead {
  status: number;
  /** End-to-end fields only. */
  headers: HeaderList;
  /** Known from Content-Length; undefined: chunked, or delimited by the stream's end. */
  contentLength?: number;
}

/** One request as go sent it, checked: no smuggling, no second Host, authority equal to the CONNECT's. */
export interface ClientRequest {
  connection: ClientConnection;
  via: Exclude<Via, "tunnel">;
  protocol: "1.0" | "1.1" | "2";
  method: string;
  /** Where it is to go: the CONNECT authority, the absolute-form's, or what the front's path names. */
  origin: Origin;
  /** Path and query, origin-form. */
  target: string;
  /** End-to-end fields only (RFC 9110 §7.6.1), Host left out: the authority is `origin` and `hostHeader`. */
  headers: HeaderList;
  /** As go wrote it, with or without a port. */
  hostHeader: string;
  /** Undefined: the request has no body. */
  body: BodySource | undefined;
  receivedAtMs: number;
  response: ClientResponse;
}

export interface ClientResponse {
  /** Sends the head, at most once. For HEAD, 204 and 304 no body follows: call `sink.end()` all the same. */
  head(head: ResponseHead): void;
  /** 1xx other than 101, passed through. */
  informational(head: ResponseHead): void;
  sink: BodySink;
  /** Calls once when the client went away before the response's end was handed to the kernel. */
  onGone(listener: () => void): void;
}

/** A CONNECT that is not opened: bytes in both directions. The client has been told 200 already. */
export interface ClientTunnel {
  connection: ClientConnection;
  origin: Origin;
  /** For a person: why it is not opened. */
  reason: string;
  protocol: "1.0" | "1.1";
  receivedAtMs: number;
  /** The bytes from the client; includes what was read while deciding. */
  source: BodySource;
  sink: BodySink;
  onGone(listener: () => void): void;
}

/** A client that asks to be let through, before anything is answered. */
export interface Arrival {
  connection: ClientConnection;
  via: Exclude<Via, "tunnel">;
  origin: Origin;
  /** From Proxy-Authorization: Basic, as sent. */
  credentials?: { username: string; password: string };
}

/** The answer to an arrival. A plain-HTTP `forward` or `front` arrival can only be opened or refused. */
export type Admission =
  | { action: "open" }
  | {
      action: "tunnel";
      /** For a person: why, and how to see inside. */
      reason: string;
    }
  | {
      action: "refuse";
      status: 403 | 407 | 421 | 502 | 503;
      /** text/plain, at most 8 lines and 648 bytes (FACTS G8). */
      text: string;
    };
