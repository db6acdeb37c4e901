import type { HeaderList } from "../model/headers.js";
import { nomineesOf } from "./end-to-end.js";
import { isToken, type Protocol, valuesOf } from "./field-syntax.js";

/** How long a body is, as its head says. */
export interface MessageLength {
  contentLength?: number;
  chunked: boolean;
}

export interface LengthFault {
  status: 400 | 501;
  cause: string;
}

/**
 * Reads Content-Length and Transfer-Encoding as strictly as RFC 9112 §6 allows, because two readers that disagree here are
 * what request smuggling needs: one Content-Length of digits alone, or one Transfer-Encoding that is `chunked`, never both
 * (an empty one counts), and none of them named by Connection.
 */
export function messageLength(
  headers: HeaderList,
  protocol: Protocol,
): MessageLength | LengthFault {
  const lengths = valuesOf(headers, "content-length");
  const codings = valuesOf(headers, "transfer-encoding");
  const nominees = nomineesOf(headers);
  for (const name of ["content-length", "transfer-encoding", "host"])
    if (nominees.has(name)) return bad(`Connection names ${name}`);
  if (lengths.length > 0 && codings.length > 0)
    return bad("Transfer-Encoding beside Content-Length");
  if (lengths.length > 1) return bad("more than one Content-Length");
  if (codings.length > 1) return bad("more than one Transfer-Encoding");
  const [coding] = codings;
  if (coding !== undefined) return transferCoding(coding, protocol);
  const [length] = lengths;
  if (length === undefined) return { chunked: false };
  return /^\d{1,15}$/.test(length)
    ? { chunked: false, contentLength: Number(length) }
    : bad("a malformed Content-Length");
}

function transferCoding(
  coding: string,
  protocol: Protocol,
): MessageLength | LengthFault {
  if (protocol !== "1.1") return bad(`Transfer-Encoding in HTTP/${protocol}`);
  if (coding.toLowerCase() === "chunked") return { chunked: true };
  return coding.split(",").every((part) => isToken(part.trim()))
    ? { status: 501, cause: "a Transfer-Encoding other than chunked" }
    : bad("a malformed Transfer-Encoding");
}

function bad(cause: string): LengthFault {
  return { status: 400, cause };
}
