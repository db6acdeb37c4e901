import type { Failure } from "../model/failure.js";
import type { UpstreamRequest } from "../model/upstream.js";

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// eslint-disable-next-line no-control-regex -- controls are what it looks for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const TARGET = /^[\x21-\xff]+$/;

/**
 * The last gate before bytes go upstream: a field that could end a line early, or that node:http2 answers by destroying the
 * whole connection, fails this one request. intercept/ has refused such requests already.
 */
export function requestProblem(request: UpstreamRequest): Failure | undefined {
  const bad = (cause: string): Failure => ({ kind: "bad-request", cause });
  if (!TOKEN.test(request.method)) return bad("the method is no token");
  if (!TARGET.test(request.target))
    return bad("the request target holds a space or a control character");
  if (CONTROL.test(request.hostHeader))
    return bad("the Host field holds a control character");
  for (const [name, value] of request.headers) {
    if (!TOKEN.test(name)) return bad("a field name is no token");
    if (CONTROL.test(value))
      return bad(`the field ${name} holds a control character`);
  }
  return undefined;
}
