import type { Phase } from "../model/phase.js";
import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import { type Waiting, waitingOf } from "./open-phase.js";
import { type Progress, RATE_WINDOW_MS } from "./progress.js";
import { requestTitle, shortHost } from "./request-title.js";
import { cutMark } from "./style.js";
import { sourceName } from "./summary-recovered.js";
import { cutText } from "./text-width.js";
import { bytesText, countText, durationText, rateText } from "./units.js";

/** Nothing is said of a request that has waited less. */
const WAIT_MS = 1000;

const WAITING_FOR: Record<Phase, string> = {
  queue: "for a connection to",
  dns: "for the address of",
  connect: "to connect to",
  proxy: "for the upstream proxy to reach",
  tls: "for the TLS handshake of",
  send: "to send to",
  wait: "for first byte of",
  receive: "for more of",
};

/**
 * One line, at most `columns` cells, without colours or a line feed: `12 modules, 45.2 MB, 3.1 MB/s, 4 open, waiting 7.2 s
 * for first byte of goproxy.cn golang.org/x/tools@v0.30.0.zip`.
 * @param nowMs on the monotonic clock of the records
 */
export function progressLine(
  progress: Progress,
  nowMs: number,
  columns: number,
  unicode = true,
): string {
  const rate = rateAt(progress, nowMs);
  const again = retrying(progress.open.values());
  const facts = [
    progress.modules > 0
      ? countText(progress.modules, "module")
      : countText(progress.requests, "request"),
    bytesText(progress.bytes),
    rate > 0 ? rateText(rate) : "",
    progress.failed > 0 ? `${progress.failed} failed` : "",
    progress.open.size > 0 ? `${progress.open.size} open` : "",
    again > 0 ? `${again} retrying` : "",
    waitingText(progress.open.values(), nowMs),
  ].filter((fact) => fact !== "");
  return cutText(facts.join(", "), columns, cutMark({ unicode }));
}

/** Of open requests: how many have had an attempt fail, or stand still, and are at another or wait for it. */
function retrying(open: Iterable<ExchangeRecord>): number {
  let count = 0;
  for (const exchange of open) {
    const waiting = waitingOf(exchange);
    if (waiting === undefined || exchange.via === "tunnel") continue;
    const reason = waiting.attempt?.reason ?? "stale-connection";
    const isAgain = reason !== "stale-connection" && reason !== "redirect";
    if (isAgain || waiting.pause !== undefined) count++;
  }
  return count;
}

/** The open request for which nothing has happened longest; tunnels may be silent and are left out. */
function waitingText(open: Iterable<ExchangeRecord>, nowMs: number): string {
  let sinceMs = nowMs - WAIT_MS;
  let text = "";
  for (const exchange of open) {
    if (exchange.via === "tunnel") continue;
    const waiting = waitingOf(exchange);
    if (waiting === undefined || waiting.sinceMs > sinceMs) continue;
    sinceMs = waiting.sinceMs;
    const name = nameAt(exchange, waiting.attempt);
    text = `waiting ${durationText(nowMs - sinceMs)} ${whatFor(waiting)} ${name}`;
  }
  return text;
}

function whatFor({ pause, phase }: Waiting): string {
  if (pause !== undefined) return "to retry";
  return phase === undefined ? "for the next attempt at" : WAITING_FOR[phase];
}

/** Who was asked for what; the host once. */
function nameAt(
  exchange: ExchangeRecord,
  attempt: AttemptRecord | undefined,
): string {
  const { scheme, host, port } = exchange;
  const title = requestTitle(exchange);
  const where =
    attempt === undefined ? shortHost(scheme, host, port) : sourceName(attempt);
  return title.includes(where) ? title : `${where} ${title}`;
}

/** Bytes a second over the last few seconds; 0 when nothing has moved in them. */
function rateAt({ samples, bytes }: Progress, nowMs: number): number {
  const from =
    samples.findLast(({ atMs }) => nowMs - atMs >= RATE_WINDOW_MS) ??
    samples[0];
  if (from === undefined || bytes <= from.bytes) return 0;
  const overMs = Math.max(nowMs - from.atMs, 500);
  return ((bytes - from.bytes) / overMs) * 1000;
}
