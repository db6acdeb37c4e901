import type { HeaderList } from "../model/headers.js";

/** RFC 9110 §7.6.1; everything that starts with `proxy-` goes too. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "te",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** RFC 9110 §6.5.1: what frames, routes or authenticates a message means nothing after its body. */
const NO_TRAILERS = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "host",
  "set-cookie",
  "trailer",
  "www-authenticate",
]);

/** The fields that Connection names, in lower case. */
export function nomineesOf(headers: HeaderList): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name, value] of headers)
    if (name.toLowerCase() === "connection")
      for (const option of value.split(","))
        names.add(option.trim().toLowerCase());
  return names;
}

/**
 * The fields that belong to the message, not to the connection (RFC 9110 §7.6.1), order and case kept: without Connection and
 * what it names, Keep-Alive, Proxy-…, Transfer-Encoding, Upgrade, HTTP/2's pseudo-fields, and TE unless it is `trailers`.
 * Content-Length and Host stay, whatever Connection says.
 */
export function endToEnd(headers: HeaderList): HeaderList {
  const nominees = nomineesOf(headers);
  return headers.filter(([key, value]) => {
    const name = key.toLowerCase();
    if (name === "content-length" || name === "host") return true;
    if (name === "te") return value.trim().toLowerCase() === "trailers";
    return !(
      HOP_BY_HOP.has(name) ||
      nominees.has(name) ||
      name.startsWith("proxy-") ||
      name.startsWith(":")
    );
  });
}

/**
 * The end-to-end fields of a request as either protocol may carry them: Host left out, the cookie fields that HTTP/2 may split
 * joined to one (RFC 9113 §8.2.3), in the place of the first.
 */
export function requestFields(headers: HeaderList): HeaderList {
  const fields = endToEnd(headers).filter(
    ([name]) => name.toLowerCase() !== "host",
  );
  const cookies = fields.filter(([name]) => name.toLowerCase() === "cookie");
  const [first] = cookies;
  if (first === undefined || cookies.length === 1) return fields;
  const joined = cookies.map(([, value]) => value).join("; ");
  return fields.flatMap((field) => {
    if (field === first) return [[field[0], joined] as const];
    return cookies.includes(field) ? [] : [field];
  });
}

/** The trailer fields that may be passed on. */
export function endToEndTrailers(trailers: HeaderList): HeaderList {
  return endToEnd(trailers).filter(
    ([name]) => !NO_TRAILERS.has(name.toLowerCase()),
  );
}
