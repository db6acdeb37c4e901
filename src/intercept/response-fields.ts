import type { ResponseHead } from "../model/client.js";
import { type HeaderList, headerValue } from "../model/headers.js";

/** Whether no body follows, whatever the fields say (RFC 9112 §6.3). */
export function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304 || status < 200;
}

/**
 * The fields to write: Content-Length is there where it is known, Trailer only where trailers can follow.
 * @param isChunked whether the body ends by itself, so that trailers have a place
 */
export function headFields(head: ResponseHead, isChunked: boolean): HeaderList {
  let { headers } = head;
  if (!isChunked && headerValue(headers, "trailer") !== undefined)
    headers = headers.filter(([name]) => name.toLowerCase() !== "trailer");
  if (
    head.contentLength !== undefined &&
    headerValue(headers, "content-length") === undefined
  )
    headers = [...headers, ["Content-Length", String(head.contentLength)]];
  return headers;
}

/** Counts a body against its Content-Length: neither a short nor a long one may look complete. */
export class BodyCount {
  #left: number;

  /** @param contentLength undefined: any number of bytes is right */
  constructor(contentLength: number | undefined) {
    this.#left = contentLength ?? Infinity;
  }

  /** @returns false where there are more bytes than announced */
  add(bytes: number): boolean {
    this.#left -= bytes;
    return this.#left >= 0;
  }

  get isShort(): boolean {
    return this.#left > 0 && this.#left !== Infinity;
  }
}
