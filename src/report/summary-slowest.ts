import type { ExchangeRecord, SessionRecord } from "../model/record.js";
import type { RequestKind } from "../model/request-kind.js";
import { spanIdOf } from "../model/span-ref.js";
import { phasesOf } from "./open-phase.js";
import { requestTitle, shortHost } from "./request-title.js";
import { roundMs } from "./statistics.js";

export interface SlowRequest {
  /** The SERVER span. */
  span_id: string;
  /** `golang.org/x/tools@v0.30.0.zip`. */
  request: string;
  kind: RequestKind;
  host: string;
  duration_ms: number;
  open: boolean;
  bytes: number;
  /** Where most of the time went: a phase, or `backoff`; null where none is known. */
  phase: string | null;
  phase_ms: number | null;
}

const KEPT = 5;

/** At most five, slowest first; open ones only where `nowUnixMs` says how long they have lasted. */
export function slowestRequests(
  sessions: readonly SessionRecord[],
  requests: readonly ExchangeRecord[],
  nowUnixMs: number | undefined,
): SlowRequest[] {
  const nowBySession = new Map<string, number>();
  if (nowUnixMs !== undefined)
    for (const { sessionId, anchor } of sessions)
      nowBySession.set(
        sessionId,
        anchor.atMs +
          nowUnixMs -
          Number(BigInt(anchor.unixNano) / 1000n) / 1000,
      );
  const endOf = (exchange: ExchangeRecord): number =>
    exchange.endedAtMs ??
    nowBySession.get(exchange.sessionId) ??
    exchange.startedAtMs;
  return requests
    .filter((exchange) => endOf(exchange) > exchange.startedAtMs)
    .toSorted((a, b) => endOf(b) - b.startedAtMs - (endOf(a) - a.startedAtMs))
    .slice(0, KEPT)
    .map((exchange) => describe(exchange, endOf(exchange)));
}

function describe(exchange: ExchangeRecord, endMs: number): SlowRequest {
  const waits = exchange.waits ?? [];
  const longest = [
    ...exchange.attempts.flatMap(phasesOf),
    ...waits.map((time) => ({ phase: "backoff", time })),
  ]
    .map(({ phase, time }) => ({
      phase,
      tookMs: (time.endedAtMs ?? endMs) - time.startedAtMs,
    }))
    .toSorted((a, b) => b.tookMs - a.tookMs)[0];
  return {
    span_id: spanIdOf(exchange.exchangeId),
    request: requestTitle(exchange),
    kind: exchange.request.kind,
    host: shortHost(exchange.scheme, exchange.host, exchange.port),
    duration_ms: roundMs(endMs - exchange.startedAtMs),
    open: exchange.endedAtMs === undefined,
    bytes: exchange.responseBytes,
    phase: longest?.phase ?? null,
    phase_ms: longest === undefined ? null : roundMs(longest.tookMs),
  };
}
