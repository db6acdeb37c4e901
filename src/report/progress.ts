import type { ExchangeRecord, ObserverRecord } from "../model/record.js";
import { exchangeFailed } from "../span/outcome.js";

/** One point of the byte count, for the rate. */
interface Sample {
  atMs: number;
  bytes: number;
}

/** What `gotap run` shows while it runs. Handed from step to step: the one passed in must not be used again. */
export interface Progress {
  /** Zips that came whole. */
  modules: number;
  /** Requests that ended, tunnels not counted. */
  requests: number;
  failed: number;
  /** Body bytes handed to the client, tunnels included. */
  bytes: number;
  /** By exchange id, in order of arrival. The records are their writer's, who goes on changing them. */
  open: Map<string, ExchangeRecord>;
  /** Of each open exchange, the bytes that are in `bytes` already. */
  counted: Map<string, number>;
  /** Ids that ended lately: a record may come twice, and must not count twice. */
  ended: Set<string>;
  /** The last few seconds, oldest first. */
  samples: Sample[];
}

const ENDED_KEPT = 512;
const SAMPLE_EVERY_MS = 500;
/** The rate is that of the last so many milliseconds. */
export const RATE_WINDOW_MS = 5000;

export function emptyProgress(): Progress {
  return {
    modules: 0,
    requests: 0,
    failed: 0,
    bytes: 0,
    open: new Map(),
    counted: new Map(),
    ended: new Set(),
    samples: [],
  };
}

/** Takes one record in, in constant time; keeps the open exchanges alone. */
export function progressStep(
  progress: Progress,
  record: ObserverRecord,
): Progress {
  if (record.type !== "exchange" || progress.ended.has(record.exchangeId))
    return progress;
  const { exchangeId, responseBytes } = record;
  progress.bytes += responseBytes - (progress.counted.get(exchangeId) ?? 0);
  sample(progress, record);
  if (record.endedAtMs === undefined) {
    progress.open.set(exchangeId, record);
    progress.counted.set(exchangeId, responseBytes);
    return progress;
  }
  progress.open.delete(exchangeId);
  progress.counted.delete(exchangeId);
  progress.ended.add(record.exchangeId);
  if (progress.ended.size > ENDED_KEPT) {
    const [oldest] = progress.ended;
    if (oldest !== undefined) progress.ended.delete(oldest);
  }
  if (record.via === "tunnel") return progress;
  progress.requests++;
  if (exchangeFailed(record)) progress.failed++;
  if (isWholeZip(record)) progress.modules++;
  return progress;
}

/** A module's zip that go has got to its end. */
export function isWholeZip(exchange: ExchangeRecord): boolean {
  const { request, status, failure, endedAtMs } = exchange;
  return (
    request.kind === "zip" &&
    status === 200 &&
    failure === undefined &&
    endedAtMs !== undefined
  );
}

function sample(progress: Progress, record: ExchangeRecord): void {
  const { samples } = progress;
  const atMs =
    record.endedAtMs ??
    record.attempts.findLast(({ lastByteAtMs }) => lastByteAtMs !== undefined)
      ?.lastByteAtMs ??
    record.startedAtMs;
  const last = samples.at(-1);
  if (last === undefined && progress.bytes > 0)
    samples.push({ atMs: record.startedAtMs, bytes: 0 });
  if (last !== undefined && atMs - last.atMs < SAMPLE_EVERY_MS) return;
  samples.push({ atMs, bytes: progress.bytes });
  // The oldest one kept is just outside the window: the rate is measured from it.
  while (
    samples.length > 2 &&
    atMs - (samples[1]?.atMs ?? atMs) >= RATE_WINDOW_MS
  )
    samples.shift();
}
