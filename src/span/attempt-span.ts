import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import type { AttributeValue, Span } from "../model/span.js";
import { ATTR, LINK } from "./attributes.js";
import { fullUrl, storedUrl } from "./url.js";

/** What a CLIENT span says besides its times and its outcome. */
export function attemptAttributes(
  exchange: ExchangeRecord,
  attempt: AttemptRecord,
): Record<string, AttributeValue> {
  const about: Record<string, AttributeValue> = {
    [ATTR.serverAddress]: attempt.host,
    [ATTR.responseBodySize]: attempt.bodyBytes,
  };
  const target = attempt.target ?? exchange.target;
  if (attempt.source === "offline")
    about[ATTR.urlFull] = storedUrl(attempt.host, target);
  else {
    about[ATTR.serverPort] = attempt.port;
    about[ATTR.way] = attempt.way;
    if (exchange.via !== "tunnel") {
      about[ATTR.urlFull] = fullUrl(
        attempt.scheme,
        attempt.host,
        attempt.port,
        target,
      );
      about[ATTR.urlScheme] = attempt.scheme;
    }
  }
  if (exchange.via !== "tunnel") {
    about[ATTR.requestMethod] = exchange.method;
    about[ATTR.urlTemplate] = exchange.request.template;
    if (exchange.requestBytes > 0)
      about[ATTR.requestBodySize] = exchange.requestBytes;
  }
  if (attempt.index > 0) about[ATTR.resendCount] = attempt.index;
  if (attempt.reason !== undefined) about[ATTR.attemptReason] = attempt.reason;
  if (attempt.source !== undefined && attempt.source !== "own")
    about[ATTR.source] = attempt.source;
  if (attempt.unused === true || attempt.failure?.kind === "overtaken")
    about[ATTR.attemptUnused] = true;
  if (attempt.resumedAt !== undefined)
    about[ATTR.resumeOffset] = attempt.resumedAt;
  if (attempt.peerAddress !== undefined)
    about[ATTR.peerAddress] = attempt.peerAddress;
  if (attempt.peerPort !== undefined) about[ATTR.peerPort] = attempt.peerPort;
  if (attempt.protocol !== undefined) {
    about[ATTR.protocolName] = "http";
    about[ATTR.protocolVersion] = attempt.protocol;
  }
  if (attempt.tlsVersion !== undefined)
    about[ATTR.tlsVersion] = attempt.tlsVersion;
  if (attempt.trust !== undefined) {
    about[ATTR.tlsTrustSetBy] = attempt.trust.setBy;
    if (attempt.trust.insecure === true) about[ATTR.tlsUnverified] = true;
  }
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
