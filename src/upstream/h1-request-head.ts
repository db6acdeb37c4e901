import { type HeaderList, headerValue } from "../model/headers.js";
import type { UpstreamRequest, UpstreamTarget } from "../model/upstream.js";
import { requestFields } from "../policy/end-to-end.js";
import { hostPort } from "./address.js";
import { isForwarded } from "./dial-plan.js";
import { proxyAuthorization } from "./proxy-credentials.js";

/** The fields of an HTTP/1.1 request, Host first, order and case kept, one framing (RFC 9112 §6). */
export function h1RequestHeaders(
  request: UpstreamRequest,
  target: UpstreamTarget,
): HeaderList {
  const headers = requestFields(request.headers);
  const length = headerValue(headers, "content-length");
  const framing: [string, string][] = [];
  if (request.hasBody && length === undefined)
    framing.push(["Transfer-Encoding", "chunked"]);
  // RFC 9110 §8.6: a server may insist on it where the method means a body.
  if (!request.hasBody && length === undefined && meansBody(request.method))
    framing.push(["Content-Length", "0"]);
  const credentials = isForwarded(target)
    ? proxyAuthorization(target.way)
    : undefined;
  if (credentials !== undefined)
    framing.push(["Proxy-Authorization", credentials]);
  return [["Host", request.hostHeader], ...headers, ...framing];
}

/** Origin-form, or absolute-form where an HTTP proxy forwards plain http (RFC 9112 §3.2). */
export function h1Target(
  request: UpstreamRequest,
  target: UpstreamTarget,
): string {
  if (!isForwarded(target)) return request.target;
  const { host, port } = target.origin;
  const authority =
    port === 80
      ? hostPort(host, port).replace(/:80$/, "")
      : hostPort(host, port);
  const path = request.target === "*" ? "" : request.target;
  return `http://${authority}${path}`;
}

function meansBody(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH";
}
