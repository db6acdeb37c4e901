import type { Phase } from "../model/phase.js";
import type { PhaseTime } from "../model/phase-time.js";
import type {
  AttemptRecord,
  ExchangeRecord,
  SessionRecord,
} from "../model/record.js";
import { spanIdOf } from "../model/span-ref.js";
import type { AttributeValue, Span } from "../model/span.js";
import { attemptAttributes, attemptLinks } from "./attempt-span.js";
import { ATTR, ATTR_PREFIX } from "./attributes.js";
import { nanoText, wallClock } from "./instant.js";
import { describeOutcome, errorTypeOf } from "./outcome.js";
import { phaseSpans } from "./phase-spans.js";
import { fullUrl } from "./url.js";

/** What decides where an exchange's spans hang and how its instants read. */
export type SessionOfExchange = Pick<
  SessionRecord,
  "traceId" | "spanId" | "anchor" | "lost" | "endedAtMs"
>;

/**
 * The SERVER span, then for each attempt its CLIENT span and the phases that happened: parents before children.
 *
 * Open spans have `end_unix_nano: null`, with two exceptions. What an ended parent left open ended with it (an aborted attempt
 * is not told of each phase). In a lost session nothing goes on any more: its open spans end with the session, or with the
 * last instant the record knows, and carry `gotap.lost`.
 */
export function spansOfExchange(
  session: SessionOfExchange,
  exchange: ExchangeRecord,
): Span[] {
  const at = wallClock(session.anchor);
  const lostAtMs = session.lost
    ? Math.max(session.endedAtMs ?? lastInstant(exchange), exchange.startedAtMs)
    : undefined;
  const name = spanName(exchange);
  const kind = exchange.request.kind;

  function span(
    spanId: string,
    parentId: string,
    time: PhaseTime,
    closedAtMs: number | undefined,
    attributes: Record<string, AttributeValue>,
    status?: number,
  ): Span {
    const closeMs = time.endedAtMs ?? closedAtMs ?? lostAtMs;
    if (time.endedAtMs === undefined && closedAtMs === undefined)
      if (lostAtMs !== undefined) attributes[ATTR.lost] = true;
    return {
      trace_id: session.traceId,
      span_id: spanId,
      parent_span_id: parentId,
      name,
      kind: "INTERNAL",
      start_unix_nano: nanoText(at(time.startedAtMs)),
      end_unix_nano:
        closeMs === undefined
          ? null
          : nanoText(at(Math.max(closeMs, time.startedAtMs))),
      status: describeOutcome(
        attributes,
        time.failure,
        errorTypeOf(time.failure, status, kind),
      ),
      attributes,
      links: [],
    };
  }

  const serverId = spanIdOf(exchange.exchangeId);
  const server = span(
    serverId,
    session.spanId,
    exchange,
    undefined,
    serverAttributes(exchange),
    exchange.status,
  );
  server.kind = "SERVER";
  const spans = [server];

  for (const attempt of exchange.attempts) {
    const id = spanIdOf(exchange.exchangeId, attempt.index);
    const client = span(
      id,
      serverId,
      attempt,
      exchange.endedAtMs,
      attemptAttributes(exchange, attempt),
      attempt.status,
    );
    client.kind = "CLIENT";
    client.links = attemptLinks(attempt);
    spans.push(client);
    const makePhase = (
      slot: number,
      phase: Phase,
      time: PhaseTime,
      attributes: Record<string, AttributeValue>,
      links?: Span["links"],
    ): Span => {
      attributes[ATTR.phase] = phase;
      const made = span(
        spanIdOf(exchange.exchangeId, attempt.index, slot),
        id,
        time,
        attempt.endedAtMs ?? exchange.endedAtMs,
        attributes,
      );
      made.name = phase;
      if (links !== undefined) made.links = links;
      return made;
    };
    spans.push(...phaseSpans(attempt, makePhase));
  }
  return spans;
}

/** OpenTelemetry's `{method} {template}`, never the path: names are grouped by. */
function spanName(exchange: ExchangeRecord): string {
  return exchange.via === "tunnel"
    ? "CONNECT"
    : `${exchange.method} ${exchange.request.template}`;
}

function serverAttributes(
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

/** The latest instant that the record knows. */
function lastInstant(exchange: ExchangeRecord): number {
  let last = exchange.startedAtMs;
  const see = (time: PhaseTime | undefined): void => {
    if (time !== undefined)
      last = Math.max(last, time.startedAtMs, time.endedAtMs ?? 0);
  };
  const seeAttempt = (attempt: AttemptRecord): void => {
    see(attempt);
    last = Math.max(last, attempt.lastByteAtMs ?? 0);
    const { dial } = attempt;
    [attempt.queue, attempt.send, attempt.wait, attempt.receive].forEach(see);
    [dial?.dns, dial?.proxy, dial?.tls, ...(dial?.connects ?? [])].forEach(see);
  };
  exchange.attempts.forEach(seeAttempt);
  return last;
}
