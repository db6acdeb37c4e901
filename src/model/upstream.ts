import type { BodySink, BodySource } from "./body.js";
import type { ResponseHead } from "./client.js";
import type { Failure } from "./failure.js";
import type { HeaderList } from "./headers.js";
import type { AttemptRecord } from "./record.js";
import type { SpanRef } from "./span-ref.js";
import type { Timeouts } from "./settings.js";
import type { Origin, Way } from "./way.js";

// What upstream/ offers to relay/.

/** Limits of the phases that the dial owns. 0 means none. */
export type DialLimits = Pick<
  Timeouts,
  "dnsMs" | "connectMs" | "proxyMs" | "tlsMs"
>;

/** Where an attempt goes, and everything that a pooled connection must agree on to be shared (SPEC §8). */
export interface UpstreamTarget {
  origin: Origin;
  way: Way;
  limits: DialLimits;
  /** Authorization: NTLM or Negotiate: the upstream connection belongs to this client connection alone. */
  pinnedTo?: number;
  /** Rides no connection that is there already: beside a silent attempt. No part of the pool's key. */
  fresh?: boolean;
  /** Other than the machine's own roots; part of what a pooled connection must agree on. */
  trust?: TargetTrust;
}

/** How the certificate of one target is looked at, where the session asks for something else than the rule. */
export interface TargetTrust {
  /** GOINSECURE, or git's `sslVerify=false`: any certificate will do. */
  insecure?: boolean;
  /** PEM texts that count beside the roots: git's `http.sslCAInfo`. */
  extraRoots?: readonly string[];
  /** What asked for it, for spans: `GOINSECURE=*.corp.example`, `git http.sslVerify=false`. */
  setBy: string;
}

export interface UpstreamRequest {
  method: string;
  /** Origin-form. */
  target: string;
  /** End-to-end fields; Host is `hostHeader`. */
  headers: HeaderList;
  hostHeader: string;
  /** Whether `handlers.bodySink` will be asked for: false writes the request's end at once. */
  hasBody: boolean;
}

/** Called in this order: `sent`?, `informational`*, `response`, or once `failed` at any point; never after `abort`. */
export interface AttemptHandlers {
  /** The request can be written; `sink` is there when the request has a body. */
  ready(sink: BodySink | undefined): void;
  /** First byte of the head was read. The body does not flow before `body.start`. For no-body responses `body` ends at once. */
  response(head: ResponseHead, body: BodySource): void;
  informational(head: ResponseHead): void;
  /** Before `response`; after it the body says so itself. */
  failed(failure: Failure): void;
  /** A phase of `record` began or ended: the record changed and may be shown. */
  progressed(): void;
}

export interface UpstreamAttempt {
  /** Idempotent; closes the stream (HTTP/2: RST_STREAM CANCEL) or, on HTTP/1.1, the connection. A dial others wait for goes on. */
  abort(): void;
}

/** The pool, from outside: one call is one attempt. */
export interface Upstream {
  /**
   * Starts an attempt: gets a connection (dialling where there is none), writes the head, reads the response's head.
   * Writes the phases `queue`, dial, `send`, `wait` and the connection's facts into `record` as they happen; `receive`,
   * `bodyBytes`, `endedAtMs` and `failure` are the caller's.
   * @param span the CLIENT span of this attempt, to which later users of the connection link
   */
  attempt(
    target: UpstreamTarget,
    request: UpstreamRequest,
    record: AttemptRecord,
    span: SpanRef,
    handlers: AttemptHandlers,
  ): UpstreamAttempt;
  /**
   * Dials for a tunnel: no TLS of ours, never pooled. `connected` hands both directions over.
   */
  tunnel(
    target: UpstreamTarget,
    record: AttemptRecord,
    handlers: {
      connected(source: BodySource, sink: BodySink): void;
      failed(failure: Failure): void;
      progressed(): void;
    },
  ): UpstreamAttempt;
  /** Closes idle connections at once; resolves when the last one in use is done or `graceMs` is over. */
  close(graceMs: number): Promise<void>;
}

/** The pool, and connections made before there is a request for them. */
export interface WarmUpstream extends Upstream {
  /**
   * Sees to it that a connection to the target is kept for the next attempt, dialling where there is none. `ready` says that
   * it is there; the dial is written into `record` like an attempt's.
   * @param span what later users of the connection link to
   */
  warm(
    target: UpstreamTarget,
    record: AttemptRecord,
    span: SpanRef,
    handlers: Pick<AttemptHandlers, "failed" | "progressed"> & {
      ready(): void;
    },
  ): UpstreamAttempt;
}
