import type { ResponseHead } from "../model/client.js";
import type { HeaderList } from "../model/headers.js";
import { endToEnd } from "../policy/end-to-end.js";
import { checkResponseHead } from "../policy/header-check.js";
import { failed, type Result, success } from "./result.js";

export interface HeadOnWire {
  protocol: "1.0" | "1.1" | "2";
  status: number;
  headers: HeaderList;
  /** Of the request. */
  method: string;
}

export interface CheckedHead {
  head: ResponseHead;
  /** False for HEAD, 204 and 304. */
  hasBody: boolean;
  chunked: boolean;
}

/** A final response's head as go may see it: checked against smuggling, the fields of this hop taken out. */
export function checkedHead(read: HeadOnWire): Result<CheckedHead> {
  const { protocol, status, headers, method } = read;
  const checked = checkResponseHead({
    protocol,
    status,
    rawHeaders: headers,
    method,
  });
  if (!checked.ok) return refused(checked.text);
  if (status < 200) return refused(`${status} is no final status`);
  const { contentLength, hasBody, chunked } = checked;
  return success({
    head: {
      ...interimHead(status, headers),
      ...(contentLength === undefined ? {} : { contentLength }),
    },
    hasBody,
    chunked,
  });
}

function refused(why: string): Result<never> {
  return failed({
    kind: "protocol",
    phase: "wait",
    cause: `the answer's head is refused: ${why}`,
  });
}

export function interimHead(status: number, headers: HeaderList): ResponseHead {
  return { status, headers: endToEnd(headers) };
}

/** A flat list of names and values, as Node has them, as pairs. */
export function pairs(flat: readonly string[]): HeaderList {
  const list: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2)
    list.push([flat[i] ?? "", flat[i + 1] ?? ""]);
  return list;
}
