import type { ClientConnection } from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { DialRecord, ExchangeRecord } from "../model/record.js";
import type { TargetTrust, WarmUpstream } from "../model/upstream.js";
import type { Origin, Way } from "../model/way.js";
import {
  attemptSpan,
  beganAttempt,
  endAttempt,
} from "../relay/attempt-record.js";

export interface UpstreamCheckOptions {
  clock: Clock;
  upstream: WarmUpstream;
  newExchangeId(): string;
  wayFor(connection: ClientConnection, origin: Origin): Way;
  traceIdOf(connection: ClientConnection): string;
  observe(record: ExchangeRecord, connection: ClientConnection): void;
}

export interface Checked {
  /** Why there is no connection; undefined where it is there. */
  failure: Failure | undefined;
  /** `Way.name` */
  way: string;
}

/** The whole of go's own insecure client has no more (cmd/go/internal/web/http.go, impatientInsecureHTTPClient). */
const LIMIT_MS = 5_000;
const LIMITS = {
  dnsMs: LIMIT_MS,
  connectMs: LIMIT_MS,
  proxyMs: LIMIT_MS,
  tlsMs: LIMIT_MS,
};

/**
 * Makes the connection upstream before a CONNECT is answered, so that a refusal of it says what go would have met itself
 * (FACTS G23). It is kept for the request that follows, and recorded as a CONNECT of its own, without a tunnel's reason.
 * It takes 5 s at most.
 */
export function checkUpstream(
  options: UpstreamCheckOptions,
  connection: ClientConnection,
  origin: Origin,
  trust: TargetTrust,
): Promise<Checked> {
  const { clock, upstream } = options;
  const startedAtMs = clock.nowMs();
  const way = options.wayFor(connection, origin);
  const attempt = beganAttempt(origin, way, 0, startedAtMs);
  const record: ExchangeRecord = {
    type: "exchange",
    exchangeId: options.newExchangeId(),
    sessionId: "",
    via: "tunnel",
    connectionId: connection.id,
    protocol: "1.1",
    method: "CONNECT",
    scheme: origin.scheme,
    host: origin.host,
    port: origin.port,
    target: "",
    request: { kind: "other", template: "" },
    startedAtMs,
    requestBytes: 0,
    responseBytes: 0,
    attempts: [attempt],
  };
  const show = (): void => {
    // Where a connection was kept nothing happened that is worth a span.
    if (attempt.dial !== undefined || attempt.queue !== undefined)
      options.observe(record, connection);
  };
  return new Promise((resolve) => {
    const finish = (failure: Failure | undefined): void => {
      limit.cancel();
      const nowMs = clock.nowMs();
      endAttempt(attempt, failure, nowMs);
      record.status = failure === undefined ? 200 : 502;
      record.endedAtMs = nowMs;
      if (failure !== undefined) record.failure = failure;
      show();
      resolve({ failure, way: way.name });
    };
    const span = attemptSpan(record.exchangeId, 0, () =>
      options.traceIdOf(connection),
    );
    const warming = upstream.warm(
      { origin, way, limits: LIMITS, trust },
      attempt,
      span,
      {
        ready: () => {
          finish(undefined);
        },
        failed: finish,
        progressed: show,
      },
    );
    const limit = clock.after(LIMIT_MS, () => {
      const failure = overdue(attempt.dial);
      warming.abort();
      finish(failure);
    });
  });
}

/** The phase that was under way when the time was over. */
function overdue(dial: DialRecord | undefined): Failure {
  if (dial?.tls !== undefined)
    return { kind: "tls-timeout", phase: "tls", limitMs: LIMIT_MS };
  if (dial?.proxy !== undefined)
    return { kind: "proxy-timeout", phase: "proxy", limitMs: LIMIT_MS };
  if (dial?.dns !== undefined && dial.connects.length === 0)
    return { kind: "dns-timeout", phase: "dns", limitMs: LIMIT_MS };
  return { kind: "connect-timeout", phase: "connect", limitMs: LIMIT_MS };
}
