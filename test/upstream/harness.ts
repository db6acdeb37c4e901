import type { BodySink, BodySource } from "../../src/model/body.js";
import type { ResponseHead } from "../../src/model/client.js";
import type { Clock } from "../../src/model/clock.js";
import type { Failure } from "../../src/model/failure.js";
import type { HeaderList } from "../../src/model/headers.js";
import { SILENT } from "../../src/model/log.js";
import type { AttemptRecord } from "../../src/model/record.js";
import type { SpanRef } from "../../src/model/span-ref.js";
import type {
  DialLimits,
  Upstream,
  UpstreamAttempt,
  UpstreamRequest,
  UpstreamTarget,
  WarmUpstream,
} from "../../src/model/upstream.js";
import { DIRECT, type Origin, type Way } from "../../src/model/way.js";
import type { UpstreamOptions } from "../../src/upstream/options.js";
import { createUpstream } from "../../src/upstream/upstream.js";

export const realClock: Clock = {
  nowMs: () => Math.round(performance.now() * 1000) / 1000,
  nowUnixNano: () => BigInt(Date.now()) * 1_000_000n,
  after(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    timer.unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};

/** For `expect.poll`: what must happen soon; the limit only ends a test that would wait for ever. */
export const SOON = { timeout: 10_000, interval: 5 };

const LIMITS: DialLimits = {
  dnsMs: 5_000,
  connectMs: 5_000,
  proxyMs: 5_000,
  tlsMs: 5_000,
};

export function testUpstream(
  ca: string | undefined,
  options: Partial<UpstreamOptions> = {},
): WarmUpstream {
  return createUpstream({
    clock: realClock,
    log: SILENT,
    resolve: {},
    roots: { pems: ca === undefined ? [] : [ca] },
    forbidden: () => undefined,
    ...options,
  });
}

export function targetOf(
  origin: Pick<Origin, "scheme" | "port"> & { host?: string },
  way: Way = DIRECT,
  limits: Partial<DialLimits> = {},
): UpstreamTarget {
  const { scheme, port, host = "127.0.0.1" } = origin;
  return {
    origin: { scheme, host, port },
    way,
    limits: { ...LIMITS, ...limits },
  };
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve(value: T): void;
}

function deferred<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

let spans = 0;

/** One attempt, and everything that it told. */
export interface Tried {
  span: SpanRef;
  record: AttemptRecord;
  attempt: UpstreamAttempt;
  /** Settles with the head, or with the failure before it. */
  answered: Promise<ResponseHead | Failure>;
  /** Settles when the body ended or failed, or the attempt failed. */
  ended: Promise<Failure | undefined>;
  /** Settles when the request can be written. */
  ready: Promise<BodySink | undefined>;
  informational: ResponseHead[];
  chunks: Buffer[];
  bytes(): number;
  text(): string;
  trailers: HeaderList | undefined;
  body: BodySource | undefined;
  /** How often `progressed` was called. */
  progress: number;
  /** What was called after the end: must stay empty. */
  late: string[];
}

export interface TryOptions extends Partial<UpstreamRequest> {
  /** The body is not started; `tried.body` is there. */
  hold?: boolean;
}

export function tryOnce(
  upstream: Upstream,
  target: UpstreamTarget,
  options: TryOptions = {},
): Tried {
  const { hold, ...asked } = options;
  const span: SpanRef = {
    traceId: "0".repeat(32),
    spanId: String(++spans).padStart(16, "0"),
  };
  const { origin, way } = target;
  const record: AttemptRecord = {
    index: 0,
    way: way.name,
    ...origin,
    startedAtMs: realClock.nowMs(),
    bodyBytes: 0,
  };
  const answered = deferred<ResponseHead | Failure>();
  const ended = deferred<Failure | undefined>();
  const ready = deferred<BodySink | undefined>();
  let over = false;
  const finish = (failure: Failure | undefined): void => {
    if (over) tried.late.push(failure?.kind ?? "end");
    over = true;
    ended.resolve(failure);
  };
  const tried: Tried = {
    span,
    record,
    attempt: { abort: () => {} },
    answered: answered.promise,
    ended: ended.promise,
    ready: ready.promise,
    informational: [],
    chunks: [],
    bytes: () => tried.chunks.reduce((sum, one) => sum + one.length, 0),
    text: () => Buffer.concat(tried.chunks).toString(),
    trailers: undefined,
    body: undefined,
    progress: 0,
    late: [],
  };
  tried.attempt = upstream.attempt(
    target,
    {
      method: "GET",
      target: "/",
      headers: [],
      hostHeader: `${origin.host}:${origin.port}`,
      hasBody: false,
      ...asked,
    },
    record,
    span,
    {
      ready: (sink) => {
        ready.resolve(sink);
      },
      informational: (head) => {
        tried.informational.push(head);
      },
      response(head, body) {
        tried.body = body;
        answered.resolve(head);
        if (hold !== true) read(tried, finish);
      },
      failed(failure) {
        answered.resolve(failure);
        finish(failure);
      },
      progressed() {
        tried.progress += 1;
        if (over) tried.late.push("progressed");
      },
    },
  );
  return tried;
}

/** Starts a held body and reads it all. */
export function readBody(tried: Tried): Promise<Failure | undefined> {
  return new Promise((resolve) => {
    read(tried, resolve);
  });
}

function read(
  tried: Tried,
  finish: (failure: Failure | undefined) => void,
): void {
  tried.body?.start({
    data: (chunk) => {
      tried.chunks.push(Buffer.from(chunk));
    },
    end: (trailers) => {
      tried.trailers = trailers;
      finish(undefined);
    },
    failed: finish,
  });
}
