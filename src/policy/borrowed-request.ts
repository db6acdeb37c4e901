import type { HeaderList } from "../model/headers.js";

/** What of a request another host than the one go named may see. */
const SHOWN = new Set(["user-agent", "accept"]);

/**
 * The fields of go and git, and of proxies in front of them, that authenticate nobody. A list of those that do would never be
 * whole: GOAUTH may send any field (cmd/go/internal/auth), GitLab's Private-Token for one.
 */
const HARMLESS = new Set([
  ...SHOWN,
  "accept-charset",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "expect",
  "forwarded",
  "git-protocol",
  "host",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "baggage",
  "pragma",
  "priority",
  "range",
  "referer",
  "te",
  "traceparent",
  "tracestate",
  "trailer",
  "upgrade-insecure-requests",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/** Whether a request proves who sends it: by a field that is not known to be harmless. Such a request goes to no other host. */
export function hasCredentials(headers: HeaderList): boolean {
  return headers.some(([name]) => !HARMLESS.has(name.toLowerCase()));
}

/**
 * The fields of an attempt at another host than the one go named: User-Agent and Accept as go sent them, and nothing else of its
 * own; no cache or condition of go's is about that host. The body is asked for as it is (`identity`), which every client takes: it
 * can be held against what go already has, against a signature, and be continued by Range.
 */
export function borrowedFields(headers: HeaderList): HeaderList {
  return [
    ...headers.filter(([name]) => SHOWN.has(name.toLowerCase())),
    ["Accept-Encoding", "identity"],
  ];
}
