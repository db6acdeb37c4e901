import type { OutgoingHttpHeaders } from "node:http2";

import type { UpstreamRequest } from "../model/upstream.js";
import { requestFields } from "../policy/end-to-end.js";

/** The fields of an HTTP/2 request (RFC 9113 §8.3.1): names in lower case, repeated ones as a list, nothing of this hop. */
export function h2RequestHeaders(
  request: UpstreamRequest,
  scheme: "http" | "https",
): OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = Object.create(
    null,
  ) as Record<string, string | string[]>;
  headers[":method"] = request.method;
  headers[":scheme"] = scheme;
  headers[":authority"] = request.hostHeader;
  headers[":path"] = request.target;
  for (const [name, value] of requestFields(request.headers)) {
    const lower = name.toLowerCase();
    const before = headers[lower];
    if (before === undefined) headers[lower] = value;
    else if (Array.isArray(before)) before.push(value);
    // node:http2 refuses lists of fields that stand once; the same thing said twice is said once.
    else if (before !== value) headers[lower] = [before, value];
  }
  return headers;
}
