import type { OriginRequest } from "./origin-answer.js";
import type { Origin } from "./origin.js";

/** What an origin was asked for under these paths, in the order of arrival. */
export function askedFor(origin: Origin, path: RegExp): OriginRequest[] {
  return origin.requests.filter((request) => path.test(request.path));
}

/** Body bytes that it sent for these paths. */
export function bytesSent(origin: Origin, path: RegExp): number {
  return askedFor(origin, path).reduce((sum, one) => sum + one.bodyBytes, 0);
}
