import type { ExchangeRecord, SessionRecord } from "../model/record.js";
import type { RequestKind } from "../model/request-kind.js";
import type { TraceRecords } from "../model/trace.js";
import { rfc3339, wallClock } from "../span/instant.js";
import { exchangeFailed } from "../span/outcome.js";
import { isWholeZip } from "./progress.js";
import { shortHost } from "./request-title.js";
import { roundMs } from "./statistics.js";
import { type FailureSummary, summarizeFailures } from "./summary-failures.js";
import { type HostSummary, summarizeHosts } from "./summary-hosts.js";
import {
  type MixedBody,
  mixedBodies,
  type RecoveredSummary,
  type RefusedByBreaker,
  refusedByBreakers,
  summarizeElsewhere,
  summarizeRecovered,
} from "./summary-recovered.js";
import { type SlowRequest, slowestRequests } from "./summary-slowest.js";

/** What `gotap run -o SUMMARY.json` writes. Durations in milliseconds; null is what is not known. */
export interface RunSummary {
  trace_id: string;
  run_id: string | null;
  /** The run's as typed, else the first session's; redacted like the records it comes from. */
  command: string;
  /** RFC 3339, UTC, with milliseconds. */
  started_at: string;
  /** Wall time of the run, else from the first session's start to the last one's end; up to now while it is open. */
  duration_ms: number;
  exit_code: number | null;
  /** What ended the child: `SIGKILL`. */
  signal: string | null;
  sessions: {
    session_id: string;
    command: string;
    /** null while it is open. */
    duration_ms: number | null;
    exit_code: number | null;
    requests: number;
    failed: number;
    lost: boolean;
  }[];
  /** Tunnels are not counted. */
  requests: {
    total: number;
    /** As on SERVER spans: see docs/spans.md, Status. */
    failed: number;
    /** 404 and 410. */
    not_found: number;
    /** The client went away before the end. */
    cancelled: number;
    open: number;
    by_kind: Partial<Record<RequestKind, number>>;
  };
  /** Modules whose zip came whole. */
  modules: number;
  bytes: {
    /** Body bytes handed to the client. */
    received: number;
    sent: number;
    /** Both directions. */
    tunnelled: number;
  };
  hosts: HostSummary[];
  /** At most five, slowest first. */
  slowest: SlowRequest[];
  recovered: RecoveredSummary;
  /** Requests that another source than the one go named answered at the first attempt, most first. */
  elsewhere: { source: string; requests: number }[];
  /** Attempts that were not made because a breaker was open, most first. */
  refused: RefusedByBreaker[];
  /** Bodies put together from two sources or more. */
  mixed: MixedBody[];
  failures: FailureSummary[];
  tunnels: { host: string; reason: string; count: number; bytes: number }[];
}

/**
 * @param nowUnixMs the wall clock, for what is still open; without it open requests are not among the slowest
 */
export function summaryOf(trace: TraceRecords, nowUnixMs?: number): RunSummary {
  const { run, sessions, exchanges } = trace;
  const requests = exchanges.filter(({ via }) => via !== "tunnel");
  const [first] = sessions;
  const { startUs, endUs } = extentOfRecords(trace, nowUnixMs);
  return {
    trace_id: trace.traceId,
    run_id: run?.runId ?? first?.runId ?? null,
    command: run?.command.join(" ") ?? first?.command ?? "",
    started_at: rfc3339(startUs),
    duration_ms: roundMs((endUs - startUs) / 1000),
    exit_code: (run ?? first)?.exitCode ?? null,
    signal: run?.signal ?? null,
    sessions: sessions.map((session) => ofSession(session, requests)),
    requests: {
      total: requests.length,
      failed: requests.filter(exchangeFailed).length,
      not_found: requests.filter(
        ({ status }) => status === 404 || status === 410,
      ).length,
      cancelled: requests.filter(
        ({ failure }) => failure?.kind === "client-gone",
      ).length,
      open: requests.filter(isOpen).length,
      by_kind: countKinds(requests),
    },
    modules: new Set(requests.filter(isWholeZip).map(moduleOf)).size,
    bytes: {
      received: sum(requests, ({ responseBytes }) => responseBytes),
      sent: sum(requests, ({ requestBytes }) => requestBytes),
      tunnelled: sum(
        exchanges.filter(({ via }) => via === "tunnel"),
        ({ requestBytes, responseBytes }) => requestBytes + responseBytes,
      ),
    },
    hosts: summarizeHosts(exchanges),
    slowest: slowestRequests(sessions, requests, nowUnixMs),
    recovered: summarizeRecovered(requests),
    elsewhere: summarizeElsewhere(requests),
    refused: refusedByBreakers(requests),
    mixed: mixedBodies(requests),
    failures: summarizeFailures(exchanges),
    tunnels: summarizeTunnels(exchanges),
  };
}

function extentOfRecords(
  { run, sessions }: TraceRecords,
  nowUnixMs: number | undefined,
): { startUs: number; endUs: number } {
  const counted = run === undefined ? sessions : [run];
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = 0;
  for (const { anchor, startedAtMs, endedAtMs } of counted) {
    const at = wallClock(anchor);
    startUs = Math.min(startUs, at(startedAtMs));
    endUs = Math.max(endUs, at(endedAtMs ?? startedAtMs));
    if (endedAtMs === undefined && nowUnixMs !== undefined)
      endUs = Math.max(endUs, Math.round(nowUnixMs * 1000));
  }
  return counted.length === 0 ? { startUs: 0, endUs: 0 } : { startUs, endUs };
}

function ofSession(
  session: SessionRecord,
  requests: readonly ExchangeRecord[],
): RunSummary["sessions"][number] {
  const own = requests.filter(
    ({ sessionId }) => sessionId === session.sessionId,
  );
  return {
    session_id: session.sessionId,
    command: session.command,
    duration_ms:
      session.endedAtMs === undefined
        ? null
        : roundMs(session.endedAtMs - session.startedAtMs),
    exit_code: session.exitCode ?? null,
    requests: own.length,
    failed: own.filter(exchangeFailed).length,
    lost: session.lost ?? false,
  };
}

function isOpen(exchange: ExchangeRecord): boolean {
  return exchange.endedAtMs === undefined;
}

function moduleOf({ request }: ExchangeRecord): string {
  return `${request.modulePath ?? ""}@${request.moduleVersion ?? ""}`;
}

function countKinds(
  exchanges: readonly ExchangeRecord[],
): Partial<Record<RequestKind, number>> {
  const counts: Partial<Record<RequestKind, number>> = {};
  for (const { request } of exchanges)
    counts[request.kind] = (counts[request.kind] ?? 0) + 1;
  return counts;
}

function summarizeTunnels(
  exchanges: readonly ExchangeRecord[],
): RunSummary["tunnels"] {
  const found = new Map<string, RunSummary["tunnels"][number]>();
  for (const exchange of exchanges) {
    // Without a reason it is no tunnel: a CONNECT whose upstream was dialled before the answer.
    if (exchange.via !== "tunnel" || exchange.tunnelReason === undefined)
      continue;
    const host = shortHost("https", exchange.host, exchange.port);
    const reason = exchange.tunnelReason;
    const key = `${host} ${reason}`;
    const one = found.get(key) ?? { host, reason, count: 0, bytes: 0 };
    one.count++;
    one.bytes += exchange.requestBytes + exchange.responseBytes;
    found.set(key, one);
  }
  return [...found.values()];
}

function sum<T>(list: readonly T[], value: (item: T) => number): number {
  let total = 0;
  for (const item of list) total += value(item);
  return total;
}
