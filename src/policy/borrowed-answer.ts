import type { ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import { type HeaderList, headerValue } from "../model/headers.js";
import type { RequestInfo, RequestKind } from "../model/request-kind.js";
import type { Origin } from "../model/way.js";
import { type RedirectTarget, redirectTarget } from "./redirect-target.js";

/** What becomes of an answer of a source that go did not name. */
export type BorrowedAnswer =
  | { type: "take"; head: ResponseHead }
  | { type: "reject"; failure: Failure }
  | ({ type: "follow" } & RedirectTarget);

/** Their answers change: a piece of one joins nothing, and none is asked for. */
const CHANGING: ReadonlySet<RequestKind> = new Set([
  "list",
  "latest",
  "sumdb-latest",
  "sumdb-supported",
]);

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * The fields that say something of the body. All others are about the host that go did not name, and would count for the one it did:
 * cookies, challenges, Strict-Transport-Security, Alt-Svc, Clear-Site-Data.
 */
const KEPT = new Set([
  "accept-ranges",
  "age",
  "cache-control",
  "content-disposition",
  "content-length",
  "content-range",
  "content-type",
  "date",
  "etag",
  "expires",
  "last-modified",
  "retry-after",
  "server",
  "x-cache",
]);

/**
 * Whether go may have this answer (SPEC §4). Only a 200 that is what it was asked for: no page of HTML, which nothing that a module
 * proxy or a checksum database serves is (a captive portal, a login page), and no encoding that was not asked for. A 206 is for the
 * caller to hold against the Range that it asked for; go's own is never sent there (borrowedFields). Every other status, 404 and 410 above all, says nothing about the host that go named, and is never handed on.
 */
export function borrowedAnswer(
  head: ResponseHead,
  { kind }: Pick<RequestInfo, "kind">,
  from: { origin: Origin; target: string },
): BorrowedAnswer {
  const { status, headers } = head;
  const location = headerValue(headers, "location");
  if (REDIRECTS.has(status) && location !== undefined) {
    const to = redirectTarget(location, from);
    return "error" in to
      ? reject("server-error", status, to.error)
      : { type: "follow", ...to };
  }
  if (status === 429 || status >= 500) return reject("server-error", status);
  if (status !== 200 && !(status === 206 && !CHANGING.has(kind)))
    return reject("not-there", status);
  const type = headerValue(headers, "content-type") ?? "";
  if (/^\s*(?:text\/html|application\/xhtml\+xml)\s*(?:;|$)/i.test(type))
    return reject("server-error", status, "a page of HTML: a login page?");
  if (!isIdentity(headers))
    return reject("server-error", status, "an encoding nobody asked for");
  return { type: "take", head: { ...head, headers: kept(headers) } };
}

function kept(headers: HeaderList): HeaderList {
  return headers.filter(([name]) => KEPT.has(name.toLowerCase()));
}

function isIdentity(headers: HeaderList): boolean {
  return headers.every(
    ([name, value]) =>
      name.toLowerCase() !== "content-encoding" ||
      /^\s*(?:identity\s*)?$/i.test(value),
  );
}

function reject(
  kind: "not-there" | "server-error",
  status: number,
  cause?: string,
): BorrowedAnswer {
  const said = cause === undefined ? `${status}` : `${status}, ${cause}`;
  return {
    type: "reject",
    failure: { kind, phase: "wait", code: `${status}`, cause: said },
  };
}
