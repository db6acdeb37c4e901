import type { Failure } from "./failure.js";
import type { PhaseTime } from "./phase-time.js";
import type { RequestInfo } from "./request-kind.js";
import type { SpanRef } from "./span-ref.js";

// The compact records that the data thread posts to the observer worker. Spans are made from them (src/span) there and
// wherever they are read back. All `…AtMs` are on the data thread's monotonic clock; the session's anchor turns them into
// wall-clock time. Everything here survives structured clone and JSON.

/** Ties a monotonic instant to the wall clock. `unixNano` is decimal digits: it does not fit a double. */
export interface ClockAnchor {
  atMs: number;
  unixNano: string;
}

/** One `gotap run`: the root span of its trace. */
export interface RunRecord {
  type: "run";
  /** 16 hex digits; also the user name in the proxy's URL (`run-…`). */
  runId: string;
  traceId: string;
  spanId: string;
  /** From TRACEPARENT. */
  parentSpanId?: string;
  /** As typed: `["go", "mod", "download"]`. */
  command: string[];
  cwd: string;
  pid: number;
  anchor: ClockAnchor;
  startedAtMs: number;
  endedAtMs?: number;
  /** The child's; absent while it runs and where gotap is not its parent. */
  exitCode?: number;
  /** `SIGKILL`: what ended the child. */
  signal?: string;
}

/** Something that gotap keeps about an upstream changed while a session was open: a span of no length under the session's. */
export interface StateChange {
  /** 16 hex digits. */
  spanId: string;
  atMs: number;
  subject: "breaker" | "health" | "network";
  /** The breaker's name: `goproxy.cn modules`, `way backup-http`; the interface for `network`. */
  name: string;
  /** `closed`, `open`, `half-open`; `healthy`, `unhealthy`. */
  from: string;
  to: string;
  /** What made the change, by its configuration key: `breaker.failures`, `breaker.failure_rate`, `breaker.open_for`, `health.failures`, `by hand`. */
  rule: string;
  /** One line for a person. */
  cause?: string;
}

/** One go command (or another client program) as SPEC §3 defines a session. */
export interface SessionRecord {
  type: "session";
  /** 16 hex digits. */
  sessionId: string;
  runId?: string;
  traceId: string;
  spanId: string;
  /** The run's span, or TRACEPARENT's; absent where the session starts its trace. */
  parentSpanId?: string;
  /** `go mod download`; for an unknown process the program's name from the User-Agent, else `unknown client`. */
  command: string;
  /** The topmost go process; absent where the process is unknown. */
  pid?: number;
  /** Of /proc/PID/stat, in clock ticks since boot: with the pid it is unique. */
  processStartTicks?: number;
  cwd?: string;
  /** `go1.26.8`. */
  goVersion?: string;
  /** The settings that matter, from `GOTOOLCHAIN=local go env -json`: GOPROXY, GOPRIVATE, GOSUMDB, … */
  goEnv?: Record<string, string>;
  anchor: ClockAnchor;
  startedAtMs: number;
  endedAtMs?: number;
  /** The child's, where gotap is the parent of this very process. */
  exitCode?: number;
  /** Its writer died: closed afterwards by another process. */
  lost?: boolean;
  /** In the order of their instants; the last 200. */
  changes?: StateChange[];
}

/** Names and instants of one dial; only on the attempt that dialled. */
export interface DialRecord {
  dns?: PhaseTime & { addresses?: string[] };
  /** One for each address tried, in the order of their start. */
  connects: (PhaseTime & { address: string; port: number })[];
  /** `address` is the proxy's name and port. */
  proxy?: PhaseTime & {
    protocol: "http" | "https" | "socks5";
    address: string;
    status?: number;
  };
  tls?: PhaseTime & {
    /** `1.2` or `1.3`. */
    version?: string;
    cipher?: string;
    /** ALPN's answer: `h2`, `http/1.1`, or absent. */
    alpn?: string;
    /** The leaf certificate's issuer, as one line: shows a company's interception. */
    issuer?: string;
    resumed?: boolean;
  };
}

/** Why an attempt was made that is not the request's first. */
export type AttemptReason =
  | "stale-connection" // the kept connection was gone: dialled anew, no retry
  | "retry" // the same source over the same way
  | "way" // the same source over the next way
  | "source" // the next source: go's own chain, a mirror, this machine's cache
  | "beside" // started beside one that is silent; the first answer wins
  | "resume" // the rest of a body that broke off
  | "redirect"; // where a source that is not go's own pointed to

/** Where an attempt's answer comes from, seen from what go asked for. */
export type SourceRole =
  | "own" // the host that go named
  | "chain" // another entry of the session's GOPROXY
  | "mirror" // a `[[mirror]]`
  | "sumdb" // the checksum database itself, where go asked a proxy for it
  | "offline"; // what this machine has

/** A pause between two attempts. */
export interface WaitRecord {
  startedAtMs: number;
  endedAtMs?: number;
  /** `backoff`, `retry-after`, `budget`: what the length came from. */
  why: "backoff" | "retry-after" | "budget";
  /** The attempt that it stands before, by index. */
  before: number;
}

/** One try upstream: a CLIENT span. */
export interface AttemptRecord {
  /** 0, 1, … within the exchange; decides its span ids (span-ref.ts). */
  index: number;
  /** `Way.name`. */
  way: string;
  scheme: "http" | "https";
  /** For `source: "offline"` the cache's name: `gomodcache`. */
  host: string;
  port: number;
  /** Path and query, where they are not the exchange's own. */
  target?: string;
  /** Absent: `own`. */
  source?: SourceRole;
  /** Absent for the first. */
  reason?: AttemptReason;
  /** Its answer was not handed on: another attempt followed, or gotap answered itself. */
  unused?: boolean;
  /** For `resume`: bytes of the body that go already has. */
  resumedAt?: number;
  startedAtMs: number;
  endedAtMs?: number;
  /** `dial` is the CLIENT span whose dial or slot was waited for. */
  queue?: PhaseTime & { dial?: SpanRef };
  dial?: DialRecord;
  /** Set when the connection was there before: links to the CLIENT span that dialled it. */
  reused?: SpanRef;
  /** Counts up in this process; names the upstream connection. */
  upstreamConnectionId?: number;
  peerAddress?: string;
  peerPort?: number;
  /** Of HTTP upstream. */
  protocol?: "1.0" | "1.1" | "2";
  /** `1.3`; also on reused connections. */
  tlsVersion?: string;
  /** The certificate was held against other roots than the machine's, or against none; what asked for it. */
  trust?: { insecure?: true; setBy: string };
  /** Only where there is a body to send. */
  send?: PhaseTime;
  wait?: PhaseTime;
  receive?: PhaseTime;
  status?: number;
  /** From Content-Length; absent where the peer did not say. */
  contentLength?: number;
  /** Body bytes received from upstream. */
  bodyBytes: number;
  failure?: Failure;
  /** Some instant of the last body byte, for "no byte since": absent before the first. */
  lastByteAtMs?: number;
}

/** How the request reached gotap. */
export type Via =
  | "connect" // inside a CONNECT that was opened
  | "forward" // absolute-form, plain HTTP
  | "front" // the GOPROXY front
  | "tunnel"; // the CONNECT itself, not opened

/** One request of go and its final answer: a SERVER span and everything under it. A tunnel is one too. */
export interface ExchangeRecord {
  type: "exchange";
  /** 12 hex digits: 48 random bits. */
  exchangeId: string;
  sessionId: string;
  via: Via;
  /** Counts up in this process: the client's connection. */
  connectionId: number;
  /** Of HTTP on the client's side. */
  protocol: "1.0" | "1.1" | "2";
  method: string;
  scheme: "http" | "https";
  host: string;
  port: number;
  /** Path and query; as go sent it here, redacted before every sink. Empty for a tunnel. */
  target: string;
  request: RequestInfo;
  startedAtMs: number;
  endedAtMs?: number;
  status?: number;
  /** Body bytes from the client; for a tunnel all bytes up. */
  requestBytes: number;
  /** Body bytes handed to the client; for a tunnel all bytes down. */
  responseBytes: number;
  /** A few response headers that are safe and say something: content-type, server, via, age, x-cache, retry-after, … */
  responseHeaders?: [name: string, value: string][];
  /** Why go did not get what it asked for. */
  failure?: Failure;
  /** FACTS G4: the second of two equal requests after a 4xx. */
  authRetry?: boolean;
  /** Why it was tunnelled, for `via: "tunnel"`: one line for a person. */
  tunnelReason?: string;
  attempts: AttemptRecord[];
  /** In order. */
  waits?: WaitRecord[];
}

/** What the observer worker is told, in batches. The last record with one id is the true one: records replace, never add. */
export type ObserverRecord = RunRecord | SessionRecord | ExchangeRecord;
