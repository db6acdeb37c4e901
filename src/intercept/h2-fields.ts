import type { OutgoingHttpHeaders } from "node:http2";

import type { HeaderList } from "../model/headers.js";

/** Fields as node:http2 takes them: lower case, a repeated field as a list. */
export function h2Fields(fields: HeaderList): OutgoingHttpHeaders {
  const out: OutgoingHttpHeaders = {};
  for (const [key, value] of fields) {
    const name = key.toLowerCase();
    const before = out[name];
    if (before === undefined) out[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else out[name] = [String(before), value];
  }
  return out;
}

/**
 * The same with each field but Set-Cookie once. node:http2 refuses to send some fields twice (ERR_HTTP2_HEADER_SINGLE_VALUE)
 * that servers do repeat, such as X-Content-Type-Options.
 */
export function singleFields(out: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const single: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(out))
    single[name] =
      Array.isArray(value) && name !== "set-cookie" ? value[0] : value;
  return single;
}
