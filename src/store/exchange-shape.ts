import type { PhaseTime } from "../model/phase-time.js";
import type {
  AttemptRecord,
  ExchangeRecord,
  WaitRecord,
} from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { SpanRef } from "../model/span-ref.js";
import { DIAL, FAILURE } from "./dial-shape.js";
import { instant, list, nested, plain, shapeOf } from "./shape.js";
import type { Placed } from "./shape.js";
import { usualTarget, usualTemplate } from "./usual-target.js";

/** What the row's own columns say of an exchange. */
export interface ExchangeColumns {
  host: string;
  status: number | undefined;
  bytes: number;
}

const SPAN_REF = shapeOf<SpanRef, unknown>({
  traceId: plain("t"),
  spanId: plain("s"),
});

const QUEUE = shapeOf<PhaseTime & { dial?: SpanRef }, AttemptRecord>({
  startedAtMs: instant("s", (_, attempt) => attempt.startedAtMs),
  endedAtMs: instant("e"),
  failure: nested("f", FAILURE),
  dial: nested("d", SPAN_REF),
});

/** The usual end is one that is known when the phase is read: the attempt's own. */
const SEND_OR_WAIT = shapeOf<PhaseTime, AttemptRecord>({
  startedAtMs: instant("s", (_, attempt) => attempt.startedAtMs),
  endedAtMs: instant("e"),
  failure: nested("f", FAILURE),
});

const RECEIVE = shapeOf<PhaseTime, AttemptRecord>({
  startedAtMs: instant("s", (_, attempt) => attempt.wait?.endedAtMs),
  endedAtMs: instant("e", (_, attempt) => attempt.endedAtMs),
  failure: nested("f", FAILURE),
});

/** An attempt mostly goes where its exchange goes and ends as it ends. */
const ATTEMPT = shapeOf<AttemptRecord, Placed<ExchangeRecord>>({
  index: plain("i", (_, { index }) => index),
  way: plain("w", () => "direct"),
  source: plain("o"),
  reason: plain("n"),
  target: plain("T"),
  unused: plain("U"),
  resumedAt: plain("g"),
  scheme: plain("c", (_, { within }) => within.scheme),
  host: plain("h", (_, { within }) => within.host),
  port: plain("p", (_, { within }) => within.port),
  startedAtMs: instant("a", (_, { within }) => within.startedAtMs),
  endedAtMs: instant("e", (_, { within }) => within.endedAtMs),
  queue: nested("q", QUEUE),
  dial: nested("d", DIAL),
  reused: nested("r", SPAN_REF),
  upstreamConnectionId: plain("u"),
  peerAddress: plain("A"),
  peerPort: plain("P", (self, { within }) =>
    self.peerAddress === undefined ? undefined : within.port,
  ),
  protocol: plain("v", (_, { within }) => within.protocol),
  tlsVersion: plain("t", (self) =>
    self.scheme === "https" ? "1.3" : undefined,
  ),
  trust: plain("x"),
  send: nested("S", SEND_OR_WAIT),
  wait: nested("W", SEND_OR_WAIT),
  receive: nested("R", RECEIVE),
  status: plain("s", (_, { within }) => within.status),
  contentLength: plain("l", (_, { within }) => within.responseBytes),
  bodyBytes: plain("b", (_, { within }) => within.responseBytes),
  failure: nested("f", FAILURE),
  lastByteAtMs: instant("L", (self) => self.receive?.endedAtMs),
});

/** Between the end of one attempt and the start of the next. */
const WAIT = shapeOf<WaitRecord, Placed<ExchangeRecord>>({
  why: plain("y", () => "backoff"),
  before: plain("b", (_, { index }) => index + 1),
  startedAtMs: instant(
    "s",
    ({ before }, { within }) => within.attempts[before - 1]?.endedAtMs,
  ),
  endedAtMs: instant(
    "e",
    ({ before }, { within }) => within.attempts[before]?.startedAtMs,
  ),
});

const REQUEST = shapeOf<RequestInfo, ExchangeRecord>({
  kind: plain("k"),
  modulePath: plain("m"),
  moduleVersion: plain("v"),
  sumdbName: plain("n"),
  sumdbTile: plain("t"),
  template: plain("p", (self) => usualTemplate(self.kind)),
});

export const EXCHANGE = shapeOf<
  ExchangeRecord,
  ExchangeColumns,
  "type" | "exchangeId" | "sessionId" | "startedAtMs"
>({
  via: plain("v", () => "connect"),
  connectionId: plain("c"),
  protocol: plain("o", () => "2"),
  method: plain("m", () => "GET"),
  scheme: plain("s", () => "https"),
  host: plain("h", (_, columns) => columns.host),
  port: plain("p", (self) => (self.scheme === "https" ? 443 : 80)),
  request: nested("r", REQUEST),
  target: plain("t", (self) => usualTarget(self.request)),
  endedAtMs: instant("e"),
  status: plain("S", (_, columns) => columns.status),
  requestBytes: plain("q", () => 0),
  responseBytes: plain("b", (_, columns) => columns.bytes),
  responseHeaders: plain("H"),
  failure: nested("f", FAILURE),
  authRetry: plain("y"),
  tunnelReason: plain("T"),
  attempts: list("a", ATTEMPT),
  waits: list("w", WAIT),
});
