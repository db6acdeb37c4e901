import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import type { AttributeValue, Span } from "../model/span.js";
import { ATTR, LINK } from "./attributes.js";
import { fullUrl } from "./url.js";

/** What a CLIENT span says besides its times and its outcome. */
export function attemptAttributes(
  exchange: ExchangeRecord,
  attempt: AttemptRecord,
): Record<string, AttributeValue> {
  const about: Record<string, AttributeValue> = {
    [ATTR.serverAddress]: attempt.host,
    [ATTR.serverPort]: attempt.port,
    [ATTR.way]: attempt.way,
    [ATTR.responseBodySize]: attempt.bodyBytes,
  };
  if (exchange.via !== "tunnel") {
    about[ATTR.requestMethod] = exchange.method;
    about[ATTR.urlFull] = fullUrl(
      attempt.scheme,
      attempt.host,
      attempt.port,
      exchange.target,
    );
    about[ATTR.urlScheme] = attempt.scheme;
    about[ATTR.urlTemplate] = exchange.request.template;
    if (exchange.requestBytes > 0)
      about[ATTR.requestBodySize] = exchange.requestBytes;
  }
  if (attempt.index > 0) about[ATTR.resendCount] = attempt.index;
  if (attempt.peerAddress !== undefined)
    about[ATTR.peerAddress] = attempt.peerAddress;
  if (attempt.peerPort !== undefined) about[ATTR.peerPort] = attempt.peerPort;
  if (attempt.protocol !== undefined) {
    about[ATTR.protocolName] = "http";
    about[ATTR.protocolVersion] = attempt.protocol;
  }
  if (attempt.tlsVersion !== undefined)
    about[ATTR.tlsVersion] = attempt.tlsVersion;
  if (attempt.upstreamConnectionId !== undefined)
    about[ATTR.upstreamConnection] = attempt.upstreamConnectionId;
  if (attempt.reused !== undefined) about[ATTR.reused] = true;
  else if (attempt.dial !== undefined) about[ATTR.reused] = false;
  if (attempt.status !== undefined) about[ATTR.statusCode] = attempt.status;
  if (attempt.contentLength !== undefined)
    about[ATTR.contentLength] = attempt.contentLength;
  return about;
}

/** A reused connection links to the CLIENT span that dialled it. */
export function attemptLinks(attempt: AttemptRecord): Span["links"] {
  if (attempt.reused === undefined) return [];
  return [
    {
      trace_id: attempt.reused.traceId,
      span_id: attempt.reused.spanId,
      attributes: { [ATTR.link]: LINK.connection },
    },
  ];
}
