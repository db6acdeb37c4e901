import type { Phase } from "./phase.js";

/**
 * What can go wrong between gotap and a network peer. The list is closed: a reader may switch over it.
 * Stands in spans as `error.type`.
 */
export const FAILURE_KINDS = [
  "dns-failure", // the name does not resolve
  "dns-timeout",
  "connect-refused",
  "connect-reset",
  "connect-unreachable", // no route to host or network
  "connect-timeout",
  "connect-failed", // any other error of connect(2)
  "proxy-refused", // the upstream proxy answered CONNECT or SOCKS with a refusal
  "proxy-auth", // 407, or SOCKS credentials refused
  "proxy-timeout",
  "proxy-failed", // the upstream proxy broke its protocol or closed
  "tls-timeout",
  "tls-untrusted", // the certificate does not verify as Go would verify it
  "tls-failed", // any other TLS failure
  "queue-timeout",
  "first-byte-timeout",
  "body-idle-timeout",
  "total-timeout",
  "reset", // the connection was reset or closed before the response's headers
  "stream-reset", // HTTP/2 RST_STREAM
  "goaway", // HTTP/2 GOAWAY refused the stream
  "server-error", // a 5xx or 429 that another try followed, or nothing else was left
  "not-there", // a mirror's 404 or 410: says nothing about the host that go named
  "mirror-differs", // another source's body begins otherwise than what go already has (no checksum mismatch)
  "range-differs", // the same source's continued body does not join what go already has
  "unverified", // a checksum database's answer that its key did not sign
  "breaker-open", // not tried: the circuit breaker of that upstream is open
  "overtaken", // another attempt of the same request answered first; no fault
  "truncated", // the body ended before its end
  "overlong", // more body than Content-Length said
  "protocol", // the peer's bytes are no HTTP, or are refused by our header check
  "forbidden-address", // link-local, cloud metadata, or gotap's own port
  "client-gone", // go closed its side; an answer, not an error
  "client-untrusting", // the client refused gotap's certificate
  "bad-request", // the client's request was refused by our header check
  "stopped", // gotap is stopping
  "internal", // a bug of gotap: never the peer's fault
] as const;

export type FailureKind = (typeof FAILURE_KINDS)[number];

/** A network failure: returned, never thrown across a folder. */
export interface Failure {
  kind: FailureKind;
  /** The phase it happened in; absent where it happened in none (a refused request, `stopped`). */
  phase?: Phase;
  /** The system's or library's own code: `ECONNRESET`, `CERT_HAS_EXPIRED`, an HTTP/2 error name. */
  code?: string;
  /** The limit that was hit, for the `…-timeout` kinds. */
  limitMs?: number;
  /** One line for a person, without credentials. */
  cause?: string;
}

/**
 * A mistake of the operator (a bad flag, file or set-up): thrown, and caught once, in cli, which prints it without a stack.
 * Everything else that is thrown is a bug and keeps its stack.
 */
export class GotapError extends Error {
  override readonly name = "GotapError";

  /**
   * @param code stable, upper case: `CONFIG_UNKNOWN_KEY`, `PORT_IN_USE`
   * @param message what happened, to what
   * @param hint what to do now; a command to paste where there is one
   * @param exitCode 2 for wrong usage, 1 for a failure (the default)
   */
  constructor(
    readonly code: string,
    message: string,
    readonly hint?: string,
    readonly exitCode: 1 | 2 = 1,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
