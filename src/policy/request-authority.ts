import type { HeaderList } from "../model/headers.js";
import { type Protocol, valuesOf } from "./field-syntax.js";

const PSEUDO = new Set([":method", ":scheme", ":authority", ":path"]);

export interface RequestAuthority {
  /** The fields without pseudo-fields. */
  fields: HeaderList;
  /** `:authority`, else Host; undefined where HTTP/1.0 sends neither, or the target alone names the host. */
  value?: string;
}

/**
 * Finds the one authority of a request. HTTP/1.1 has exactly one Host (RFC 9112 §3.2), HTTP/1.0 at most one; in HTTP/2 a Host
 * beside `:authority` must be the same, and pseudo-fields are known ones, once each, in front (RFC 9113 §8.3).
 */
export function requestAuthority(
  headers: HeaderList,
  protocol: Protocol,
): RequestAuthority | { cause: string } {
  const pseudo = protocol === "2" ? leadingPseudo(headers) : new Map();
  if (pseudo === undefined) return { cause: "malformed pseudo-header fields" };
  const fields = headers.slice(pseudo.size);
  const hosts = valuesOf(fields, "host");
  if (hosts.length > 1) return { cause: "more than one Host" };
  const [host] = hosts;
  if (host === undefined && protocol === "1.1") return { cause: "no Host" };
  const authority = pseudo.get(":authority") ?? host;
  if (host !== undefined && host !== authority)
    return { cause: "Host and :authority differ" };
  return authority === undefined ? { fields } : { fields, value: authority };
}

/** undefined where one is unknown or stands twice; one behind an ordinary field is left to the check of field names. */
function leadingPseudo(headers: HeaderList): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (const [name, value] of headers) {
    if (!name.startsWith(":")) break;
    if (!PSEUDO.has(name) || found.has(name)) return undefined;
    found.set(name, value);
  }
  return found;
}
