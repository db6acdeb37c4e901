import type { HeaderList } from "../model/headers.js";
import { isSecretName, REDACTED, redactText } from "./redact-text.js";

/** Response fields that say something about an answer and hold no credential; `location` is redacted. */
const KEPT = new Set([
  "accept-ranges",
  "age",
  "alt-svc",
  "cache-control",
  "cf-cache-status",
  "cf-ray",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expires",
  "last-modified",
  "location",
  "proxy-status",
  "ratelimit-remaining",
  "ratelimit-reset",
  "retry-after",
  "server",
  "server-timing",
  "vary",
  "via",
  "warning",
  "www-authenticate",
  "x-artifactory-id",
  "x-cache",
  "x-cache-hits",
  "x-cache-status",
  "x-ratelimit-remaining",
  "x-request-id",
  "x-served-by",
]);

/** A field's value longer than this is cut: a record stays small whatever a peer sends. */
const MAX_VALUE_CHARS = 256;
/** At most so many values of all fields together. */
const MAX_FIELDS = 40;

/**
 * The response headers worth keeping, for `ExchangeRecord.responseHeaders`: those of the allow-list, names in lower case,
 * values redacted and at most 256 characters long.
 */
export function safeHeaders(headers: HeaderList): [string, string][] {
  const kept: [string, string][] = [];
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!KEPT.has(key)) continue;
    // Redacted before it is cut: half a secret is no longer recognised as one.
    kept.push([key, redactText(value).slice(0, MAX_VALUE_CHARS)]);
    if (kept.length === MAX_FIELDS) break;
  }
  return kept;
}

/** The second line of defence, for headers that did not pass `safeHeaders`: names stay, credentials go. */
export function redactHeaders(headers: [string, string][]): [string, string][] {
  let changed = false;
  const clean = headers.map((header): [string, string] => {
    const [name, value] = header;
    const safe = isSecretName(name) ? REDACTED : redactText(value);
    if (safe === value) return header;
    changed = true;
    return [name, safe];
  });
  return changed ? clean : headers;
}
