import type { HeaderList } from "../model/headers.js";
import type { Origin } from "../model/way.js";
import { faultyField, isToken, type Protocol } from "./field-syntax.js";
import { namesOrigin, parseHostHeader } from "./host-port.js";
import { messageLength } from "./message-length.js";
import { requestAuthority } from "./request-authority.js";
import { readTarget } from "./request-target.js";

export interface RequestHead {
  protocol: Protocol;
  method: string;
  /** As it stands in the request line, or `:path`. */
  target: string;
  /** Pseudo-fields of HTTP/2 may stand in front. */
  rawHeaders: HeaderList;
  /** Inside a CONNECT: its target. */
  connectAuthority?: Origin;
}

export interface CheckedRequest {
  ok: true;
  /** Where it goes: the CONNECT's target, else what the absolute form or the Host field names. */
  origin: Origin;
  /** The authority as the client wrote it. */
  hostHeader: string;
  /** Origin-form, or `*`. */
  target: string;
  /** `absolute` is a plain-HTTP request to a proxy. */
  form: "origin" | "absolute" | "asterisk";
  contentLength?: number;
  /** HTTP/1.1's chunked coding. */
  chunked: boolean;
  /** Undefined: HTTP/2, whose frames will say. */
  hasBody: boolean | undefined;
}

/** Answer it and close the connection: what follows on it cannot be trusted. */
export interface RefusedRequest {
  ok: false;
  status: 400 | 414 | 421 | 431 | 501;
  /** One line for a person, without any byte of the request but names of fields; a newline at its end. */
  text: string;
}

/**
 * The one check of a request's head, of both protocols, before a byte of it goes upstream (SPEC §8). What it lets through has
 * one authority, one length, and fields that no next reader can split or fold: it may be written as HTTP/1.1.
 * A CONNECT is refused here: its target is parseConnectTarget's.
 */
export function checkRequestHead(
  head: RequestHead,
): CheckedRequest | RefusedRequest {
  const { protocol, method, connectAuthority } = head;
  if (!isToken(method) || method.length > 64)
    return refused(400, "a malformed method");
  if (method === "CONNECT")
    return refused(501, "CONNECT inside another connection");

  const read = readTarget(head.target, method);
  if ("status" in read) return refused(read.status, read.cause);

  const authority = requestAuthority(head.rawHeaders, protocol);
  if ("cause" in authority) return refused(400, authority.cause);
  const { fields } = authority;
  const fault = faultyField(fields, protocol);
  if (fault !== undefined) return refused(fault.status, fault.cause);

  const length = messageLength(fields, protocol);
  if ("status" in length) return refused(length.status, length.cause);

  const hostHeader = authority.value ?? read.authority;
  if (hostHeader === undefined) return refused(400, "no Host");
  const named = parseHostHeader(hostHeader);
  if ("error" in named) return refused(400, `bad Host: ${named.error}`);
  if (read.origin !== undefined && !namesOrigin(named, read.origin))
    return refused(400, "the Host field and the target name different hosts");

  const implied: Origin = { scheme: "http", port: 80, ...named };
  const origin = connectAuthority ?? read.origin ?? implied;
  const other =
    !namesOrigin(named, origin) ||
    (read.origin !== undefined && !sameOrigin(read.origin, origin));
  if (other)
    return refused(421, "the request names another host than its CONNECT");

  return {
    ok: true,
    origin,
    hostHeader,
    target: read.target,
    form: read.form,
    ...length,
    hasBody:
      protocol === "2"
        ? undefined
        : length.chunked || (length.contentLength ?? 0) > 0,
  };
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port;
}

function refused(
  status: RefusedRequest["status"],
  cause: string,
): RefusedRequest {
  return { ok: false, status, text: `gotap: request refused: ${cause}\n` };
}

export interface ResponseHeadOnWire {
  protocol: Protocol;
  status: number;
  /** HTTP/2's `:status` may stand in front. */
  rawHeaders: HeaderList;
  /** Of the request that it answers: HEAD has no body. */
  method: string;
}

export interface CheckedResponse {
  ok: true;
  /** As the field says, also where no body follows it (HEAD, 304). */
  contentLength?: number;
  chunked: boolean;
  /** false for HEAD, 1xx, 204 and 304 (RFC 9112 §6.3). */
  hasBody: boolean;
}

/** The connection is of no more use: a Failure of kind `protocol` in phase `wait`. */
export interface RefusedResponse {
  ok: false;
  /** The cause, one line for a person, without any value of the response. */
  text: string;
}

/** The one check of an upstream's response head, of both protocols, before a byte of it goes to the client (SPEC §8). */
export function checkResponseHead(
  head: ResponseHeadOnWire,
): CheckedResponse | RefusedResponse {
  const { protocol, status, rawHeaders } = head;
  if (!Number.isInteger(status) || status < 100 || status > 999)
    return unusable("a malformed status");
  // Nobody asked for another protocol: Upgrade is not passed on.
  if (status === 101) return unusable("101 Switching Protocols");
  const fields = withoutStatus(rawHeaders, protocol);
  const fault = faultyField(fields, protocol);
  if (fault !== undefined) return unusable(fault.cause);
  const length = messageLength(fields, protocol);
  if ("status" in length) return unusable(length.cause);
  const neverHas = status < 200 || status === 204;
  // RFC 9112 §6.3: bytes that such a response announces would be read as the next one.
  if (neverHas && (length.chunked || (length.contentLength ?? 0) > 0))
    return unusable(`a ${status} that announces a body`);
  const hasBody = !neverHas && status !== 304 && head.method !== "HEAD";
  return { ok: true, ...length, hasBody };
}

function withoutStatus(headers: HeaderList, protocol: Protocol): HeaderList {
  return protocol === "2" && headers[0]?.[0] === ":status"
    ? headers.slice(1)
    : headers;
}

function unusable(text: string): RefusedResponse {
  return { ok: false, text };
}
