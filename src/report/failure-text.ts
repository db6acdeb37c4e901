import type { Failure, FailureKind } from "../model/failure.js";
import { durationText } from "./units.js";

/** What each kind of failure is, in words. */
const WORDS: Record<FailureKind, string> = {
  "dns-failure": "the name does not resolve",
  "dns-timeout": "no answer to the name look-up",
  "connect-refused": "connection refused",
  "connect-reset": "connection reset while connecting",
  "connect-unreachable": "no route to the host",
  "connect-timeout": "no answer to the connection attempt",
  "connect-failed": "could not connect",
  "proxy-refused": "the upstream proxy refused",
  "proxy-auth": "the upstream proxy wants other credentials",
  "proxy-timeout": "no answer from the upstream proxy",
  "proxy-failed": "the upstream proxy broke off",
  "tls-timeout": "no answer to the TLS handshake",
  "tls-untrusted": "the server's certificate is not trusted",
  "tls-failed": "the TLS handshake failed",
  "queue-timeout": "no connection became free",
  "first-byte-timeout": "no first byte",
  "body-idle-timeout": "the body stalled",
  "total-timeout": "took too long",
  reset: "connection reset before the answer",
  "stream-reset": "the server reset the stream",
  goaway: "the server is closing the connection",
  "server-error": "the server answered with an error",
  "not-there": "not there",
  "mirror-differs": "begins otherwise than what go already has",
  "range-differs": "continued with other bytes than it began with",
  unverified: "not signed by the checksum database",
  "breaker-open": "not tried: its breaker is open",
  overtaken: "another attempt answered first",
  truncated: "the body ended early",
  overlong: "the body is longer than announced",
  protocol: "not valid HTTP",
  "forbidden-address": "an address gotap does not connect to",
  "client-gone": "the client went away",
  "client-untrusting": "the client does not trust gotap's certificate",
  "bad-request": "refused: not a valid request",
  stopped: "gotap is stopping",
  internal: "a fault of gotap itself",
};

/** `no first byte within 30.0 s`; the cause alone where it says more, like `certificate has expired`. */
export function failureText(failure: Failure): string {
  const within =
    failure.limitMs === undefined
      ? ""
      : ` within ${durationText(failure.limitMs)}`;
  const words = WORDS[failure.kind] + within;
  if (failure.cause === undefined) return words;
  // One word is a code (ECONNRESET): it needs the sentence before it.
  return failure.cause.includes(" ")
    ? failure.cause
    : `${words}: ${failure.cause}`;
}
