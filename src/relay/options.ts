import type { ExchangeLimits } from "../exchange/exchange.js";
import type {
  ClientConnection,
  ClientRequest,
  ClientTunnel,
} from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import type { Log } from "../model/log.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { Upstream, UpstreamTarget } from "../model/upstream.js";

/** What policy/ and classify/ say of one request. */
export interface Plan {
  info: RequestInfo;
  target: UpstreamTarget;
  limits: ExchangeLimits;
}

export interface RelayOptions {
  clock: Clock;
  log: Log;
  upstream: Upstream;
  plan(request: ClientRequest): Plan;
  planTunnel(tunnel: ClientTunnel): UpstreamTarget;
  /** 12 hex digits, random. */
  newExchangeId(): string;
  /** The trace that a connection's requests belong to: known before its first request. */
  traceIdOf(connection: ClientConnection): string;
  /** The record changed: began, changed its phase, moved bytes, ended. Called often; must be cheap and never throw. */
  observe(record: ExchangeRecord, connection: ClientConnection): void;
  /** gotap's own answer to a request that got none. */
  answer(
    failure: Failure,
    record: ExchangeRecord,
    connection: ClientConnection,
  ): { status: number; text: string };
  /** The few response headers that are worth keeping. */
  safeHeaders(headers: HeaderList): [name: string, value: string][];
}

/** While a body moves, its record is shown at most this often. */
export const SHOW_PROGRESS_EVERY_MS = 200;
