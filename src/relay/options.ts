import type { ExchangeTerms } from "../exchange/terms.js";
import type { BodySource } from "../model/body.js";
import type { Gate } from "../model/breaker.js";
import type {
  ClientConnection,
  ClientRequest,
  ClientTunnel,
  ResponseHead,
} from "../model/client.js";
import type { Clock } from "../model/clock.js";
import type { Failure } from "../model/failure.js";
import type { HeaderList } from "../model/headers.js";
import type { Log } from "../model/log.js";
import type { ExchangeRecord } from "../model/record.js";
import type { RequestInfo } from "../model/request-kind.js";
import type { RetrySettings } from "../model/settings.js";
import type { Station } from "../model/source.js";
import type {
  DialLimits,
  Upstream,
  UpstreamTarget,
} from "../model/upstream.js";
import type { Origin } from "../model/way.js";

/** Where a request may go and how long it may take, as far as that is known now. */
export interface Route {
  /** Own first. */
  stations: readonly Station[];
  /** In step with `stations`. */
  terms: ExchangeTerms;
  dial: DialLimits;
  retry: Omit<RetrySettings, "attempts">;
}

/** What policy/ and classify/ say of one request. */
export interface Plan {
  info: RequestInfo;
  /** Cheap; says more once `known` has resolved. */
  route(): Route;
  /** Resolves when the session's settings are known, or known to stay unknown; undefined: they are. Never rejects. */
  known: Promise<void> | undefined;
  /** Resolves when `route` says all stations that there are. Never rejects. */
  ask(): Promise<void>;
  /** NTLM and Negotiate: UpstreamTarget's. */
  pinnedTo?: number;
  /** Whether another source may answer: what it takes to compare bodies is worth while then. */
  mayBorrow: boolean;
}

/** What a source that go did not name has answered, and what becomes of it. */
type Borrowed =
  | { type: "take"; head: ResponseHead }
  | { type: "reject"; failure: Failure }
  | Redirect;

/** Where an answer points to. */
export interface Redirect {
  type: "follow";
  origin: Origin;
  target: string;
  hostHeader: string;
}

/** Rules about answers and tries, from policy/. */
export interface Rules {
  /** The pause before a further try. @param tries that the source has had; 0: none, beside a silent one */
  backoff(retry: Route["retry"], tries: number): number;
  /**
   * Asks the retry budget of an origin for one retry, first at `askedAtMs`.
   * @returns 0: it may go; else ask again after so long
   */
  askRetry(station: Station, retry: Route["retry"], askedAtMs: number): number;
  /** A request of go was sent there: it earns what retries cost. */
  sent(station: Station, retry: Route["retry"]): void;
  /** Why the own source's answer is better had once more; undefined: it is the answer. */
  refusal(
    head: ResponseHead,
  ): { failure: Failure; retryAfterMs?: number } | undefined;
  borrowed(
    head: ResponseHead,
    info: RequestInfo,
    from: { origin: Origin; target: string },
  ): Borrowed;
  /** For what a checksum database signs: what is wrong with it. Undefined: the bytes need no look. */
  note(
    info: RequestInfo,
  ): ((body: Uint8Array) => Failure | undefined) | undefined;
  /** The request's fields as another host than the one go named may see them. */
  borrowedHeaders(headers: HeaderList): HeaderList;
}

export interface RelayOptions {
  clock: Clock;
  log: Log;
  upstream: Upstream;
  gate: Gate;
  rules: Rules;
  /** A promise where something must be known before the first attempt. */
  plan(request: ClientRequest): Plan | Promise<Plan>;
  planTunnel(tunnel: ClientTunnel): UpstreamTarget;
  /** The answer that lies in a file of this machine. */
  openFile(
    file: string,
  ): Promise<{ head: ResponseHead; body: BodySource } | Failure>;
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
    /** Until an open breaker would let a try through. */
    retryAfterMs: number | undefined,
  ): { status: number; text: string; headers?: HeaderList };
  /** The few response headers that are worth keeping. */
  safeHeaders(headers: HeaderList): [name: string, value: string][];
}

/** While a body moves, its record is shown at most this often. */
export const SHOW_PROGRESS_EVERY_MS = 200;
