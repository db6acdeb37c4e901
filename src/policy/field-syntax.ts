import type { HeaderList } from "../model/headers.js";

/** HTTP's versions as far as header fields differ between them. */
export type Protocol = "1.0" | "1.1" | "2";

/** All names and values of one head with the 4 bytes between and after them; Node's own limit is 16 KiB, Go's 1 MiB. */
const MAX_FIELD_BYTES = 64 * 1024;
/** nginx and Go's clients send some dozens; Node silently drops what is above 2,000. */
const MAX_FIELDS = 256;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** RFC 9110 §5.5: visible characters, space, tab and obs-text. No CR, LF, NUL: with them one value is two fields. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** RFC 9113 §8.2.2. */
const CONNECTION_SPECIFIC = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

export interface FieldFault {
  status: 400 | 431;
  cause: string;
}

/** A token (RFC 9110 §5.6.2): methods and field names are. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The first thing wrong with the fields of a head, pseudo-fields of HTTP/2 left out; undefined where nothing is. */
export function faultyField(
  headers: HeaderList,
  protocol: Protocol,
): FieldFault | undefined {
  if (headers.length > MAX_FIELDS)
    return { status: 431, cause: `more than ${MAX_FIELDS} header fields` };
  let bytes = 0;
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  if (bytes > MAX_FIELD_BYTES)
    return { status: 431, cause: "more than 64 KiB of header fields" };
  for (const [name, value] of headers) {
    const cause = syntaxFault(name, value, protocol);
    if (cause !== undefined) return { status: 400, cause };
  }
  return undefined;
}

function syntaxFault(
  name: string,
  value: string,
  protocol: Protocol,
): string | undefined {
  if (!isToken(name)) return "a malformed header name";
  if (!VALUE.test(value))
    return `a control character in the header field ${name}`;
  if (protocol !== "2") return undefined;
  if (name !== name.toLowerCase())
    return `an upper-case header name in HTTP/2: ${name}`;
  if (/^[ \t]|[ \t]$/.test(value))
    return `white space around the value of ${name} in HTTP/2`;
  if (CONNECTION_SPECIFIC.has(name))
    return `a connection-specific header field in HTTP/2: ${name}`;
  return name === "te" && value !== "trailers"
    ? "TE other than trailers in HTTP/2"
    : undefined;
}

/** Every value of a field, in order. */
export function valuesOf(headers: HeaderList, name: string): string[] {
  return headers.flatMap(([key, value]) =>
    key.toLowerCase() === name ? [value] : [],
  );
}
