import type { ExchangeRecord } from "../model/record.js";
import type { AttributeValue } from "../model/span.js";
import { ATTR, ATTR_PREFIX } from "./attributes.js";
import { servedBy } from "./served.js";
import { fullUrl } from "./url.js";

/** What a SERVER span says besides its times and its outcome. */
export function serverAttributes(
  exchange: ExchangeRecord,
): Record<string, AttributeValue> {
  const { request } = exchange;
  const about: Record<string, AttributeValue> = {
    [ATTR.requestMethod]: exchange.method,
    [ATTR.serverAddress]: exchange.host,
    [ATTR.serverPort]: exchange.port,
    [ATTR.protocolName]: "http",
    [ATTR.protocolVersion]: exchange.protocol,
    [ATTR.kind]: request.kind,
    [ATTR.via]: exchange.via,
    [ATTR.clientConnection]: exchange.connectionId,
  };
  if (exchange.via === "tunnel") {
    about[ATTR.tunnel] = true;
    if (exchange.tunnelReason !== undefined)
      about[ATTR.tunnelReason] = exchange.tunnelReason;
    about[ATTR.tunnelBytesUp] = exchange.requestBytes;
    about[ATTR.tunnelBytesDown] = exchange.responseBytes;
  } else {
    about[ATTR.urlFull] = fullUrl(
      exchange.scheme,
      exchange.host,
      exchange.port,
      exchange.target,
    );
    about[ATTR.urlScheme] = exchange.scheme;
    about[ATTR.urlTemplate] = request.template;
    about[ATTR.responseBodySize] = exchange.responseBytes;
    if (exchange.requestBytes > 0)
      about[ATTR.requestBodySize] = exchange.requestBytes;
  }
  if (exchange.status !== undefined) about[ATTR.statusCode] = exchange.status;
  if (exchange.via !== "tunnel")
    about[ATTR.attemptCount] = exchange.attempts.length;
  const source = servedBy(exchange);
  if (source !== undefined) about[ATTR.servedBy] = source.host;
  if (request.modulePath !== undefined)
    about[ATTR.modulePath] = request.modulePath;
  if (request.moduleVersion !== undefined)
    about[ATTR.moduleVersion] = request.moduleVersion;
  if (request.sumdbName !== undefined)
    about[ATTR.sumdbName] = request.sumdbName;
  if (request.sumdbTile !== undefined)
    about[ATTR.sumdbTile] = request.sumdbTile;
  if (exchange.authRetry === true) about[ATTR.authRetry] = true;
  for (const [name, value] of exchange.responseHeaders ?? []) {
    const key = ATTR_PREFIX.responseHeader + name.toLowerCase();
    const before = about[key];
    about[key] = Array.isArray(before) ? [...before, value] : [value];
  }
  return about;
}
