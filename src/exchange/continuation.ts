import type { ResponseHead } from "../model/client.js";
import type { Failure } from "../model/failure.js";
import { type HeaderList, headerValue } from "../model/headers.js";
import type { RequestKind } from "../model/request-kind.js";

/** So much before the break is asked for once more, and must be the same: most module proxies send no validator (FACTS L27). */
export const OVERLAP_BYTES = 65_536;

/** What a continued body has to fit. */
export interface Broken {
  /** Bytes that the client has. */
  have: number;
  /** Content-Length of the answer that broke off. */
  total: number;
  /** Its strong validator (RFC 9110 §8.8.3), where it had one. */
  etag?: string;
}

/** How an answer is held against what the client has: its first `skip` bytes are read and not handed on. */
export interface Join {
  skip: number;
  /** `overlap`: they are the last `skip` bytes of what the client has. `prefix`: they are all of it. */
  check: "overlap" | "prefix";
  /** Bytes of the whole body: with fewer or more it is not whole. */
  total: number;
}

const HASHED_KINDS: ReadonlySet<RequestKind> = new Set([
  "info",
  "mod",
  "zip",
  "toolchain",
  "sumdb-lookup",
  "sumdb-tile",
]);

/** Whether the rest of this answer could be asked for: a whole body that says its length, of a kind whose bytes do not change. */
export function isContinuable(
  kind: RequestKind,
  method: string,
  requestHeaders: HeaderList,
  head: ResponseHead,
): boolean {
  const encoding = headerValue(head.headers, "content-encoding");
  return (
    method === "GET" &&
    head.status === 200 &&
    head.contentLength !== undefined &&
    HASHED_KINDS.has(kind) &&
    (encoding === undefined || encoding === "identity") &&
    headerValue(requestHeaders, "range") === undefined
  );
}

/** The strong validator of an answer; a weak one says nothing about bytes. */
export function strongEtag(headers: HeaderList): string | undefined {
  const etag = headerValue(headers, "etag");
  return etag?.startsWith('"') === true ? etag : undefined;
}

/** The fields that ask the same source for the rest, 64 KiB early (RFC 9110 §14.2, §13.1.5). */
export function rangeFields({ have, etag }: Broken): HeaderList {
  const from = Math.max(0, have - OVERLAP_BYTES);
  return [
    ["Range", `bytes=${from}-`],
    ...(etag === undefined ? [] : [["If-Range", etag] as const]),
  ];
}

/**
 * How an answer continues the body, by its head alone.
 * @param ranged the request asked for a range: of the same source
 */
export function joinOf(
  head: ResponseHead,
  broken: Broken,
  ranged: boolean,
): Join | Failure {
  const { have, total } = broken;
  const differs: Failure = {
    kind: ranged ? "range-differs" : "mirror-differs",
    phase: "receive",
  };
  if (head.status === 206 && ranged) {
    const from = Math.max(0, have - OVERLAP_BYTES);
    const range = headerValue(head.headers, "content-range") ?? "";
    const said = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range);
    const fits =
      Number(said?.[1]) === from &&
      Number(said?.[2]) === total - 1 &&
      Number(said?.[3]) === total;
    return fits
      ? { skip: have - from, check: "overlap", total }
      : {
          ...differs,
          cause: `Content-Range: ${range}, not bytes ${from}-${total - 1}/${total}`,
        };
  }
  if (head.status === 200)
    return head.contentLength === total
      ? { skip: have, check: "prefix", total }
      : {
          ...differs,
          cause: `a body of ${head.contentLength ?? "unknown"} bytes, not ${total}`,
        };
  return {
    ...differs,
    cause: `status ${head.status} to a request for the rest`,
  };
}
