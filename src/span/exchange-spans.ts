import type { Phase } from "../model/phase.js";
import type { PhaseTime } from "../model/phase-time.js";
import type {
  AttemptRecord,
  ExchangeRecord,
  SessionRecord,
} from "../model/record.js";
import { MAX_ATTEMPTS, MAX_WAITS, spanIdOf } from "../model/span-ref.js";
import type { AttributeValue, Span } from "../model/span.js";
import { attemptAttributes, attemptLinks } from "./attempt-span.js";
import { ATTR } from "./attributes.js";
import { nanoText, wallClock } from "./instant.js";
import { attemptErrorType, describeOutcome, errorTypeOf } from "./outcome.js";
import { phaseSpans } from "./phase-spans.js";
import { serverAttributes } from "./server-span.js";

/** What decides where an exchange's spans hang and how its instants read. */
export type SessionOfExchange = Pick<
  SessionRecord,
  "traceId" | "spanId" | "anchor" | "lost" | "endedAtMs"
>;

/**
 * The SERVER span, its waits, then for each attempt its CLIENT span and the phases that happened: parents before children.
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
    errorType: string | undefined,
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
      status: describeOutcome(attributes, time.failure, errorType),
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
    errorTypeOf(exchange.failure, exchange.status, kind),
  );
  server.kind = "SERVER";
  const spans = [server];

  for (const [index, wait] of exchange.waits?.entries() ?? []) {
    if (index >= MAX_WAITS) break;
    const made = span(
      spanIdOf(exchange.exchangeId, undefined, index + 1),
      serverId,
      wait,
      exchange.endedAtMs,
      { [ATTR.waitWhy]: wait.why, [ATTR.waitBefore]: wait.before },
      undefined,
    );
    made.name = "backoff";
    spans.push(made);
  }

  for (const attempt of exchange.attempts.slice(0, MAX_ATTEMPTS)) {
    const id = spanIdOf(exchange.exchangeId, attempt.index);
    const client = span(
      id,
      serverId,
      attempt,
      exchange.endedAtMs,
      attemptAttributes(exchange, attempt),
      attemptErrorType(attempt, kind),
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
        attemptErrorType(time, kind),
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
  exchange.waits?.forEach(see);
  return last;
}
