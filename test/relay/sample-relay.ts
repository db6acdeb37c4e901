import type { ExchangeTerms } from "../../src/exchange/terms.js";
import type { Gate } from "../../src/model/breaker.js";
import { SILENT } from "../../src/model/log.js";
import type { RequestKind } from "../../src/model/request-kind.js";
import type { Station } from "../../src/model/source.js";
import type { Upstream } from "../../src/model/upstream.js";
import { DIRECT, type Origin } from "../../src/model/way.js";
import type { Plan, RelayOptions, Rules } from "../../src/relay/options.js";
import { FakeClock } from "../support/fake-clock.js";

export const ORIGIN: Origin = {
  scheme: "https",
  host: "goproxy.cn",
  port: 443,
};
const NO_LIMITS = { dnsMs: 0, connectMs: 0, proxyMs: 0, tlsMs: 0 };

/** Lets everything through. */
const OPEN_GATE: Gate = {
  enter: () => ({
    ok: true,
    pass: { reached() {}, answered() {}, ended() {} },
  }),
};

/** Takes every answer, retries at once. */
const PLAIN_RULES: Rules = {
  backoff: () => 0,
  askRetry: () => 0,
  sent() {},
  refusal: () => undefined,
  borrowed: (head) => ({ type: "take", head }),
  note: () => undefined,
  borrowedHeaders: (headers) => headers,
};

/** One try at one station, without limits. */
export function planFor(
  kind: RequestKind,
  target: string,
  more: Partial<ExchangeTerms> = {},
): Plan {
  const station: Station = {
    source: {
      role: "own",
      name: ORIGIN.host,
      origin: ORIGIN,
      target,
      hostHeader: ORIGIN.host,
    },
    way: DIRECT,
  };
  const silence = { firstByteMs: 0, bodyIdleMs: 0 };
  const terms: ExchangeTerms = {
    limits: silence,
    patience: silence,
    totalMs: 0,
    repeatable: true,
    attempts: 1,
    stations: [{ source: 0 }],
    stationsKnown: true,
    ...more,
  };
  const retry = { backoffMs: 0, maxBackoffMs: 0, budget: 1 };
  const route = { stations: [station], terms, dial: NO_LIMITS, retry };
  return {
    info: { kind, template: "{path}" },
    route: () => route,
    known: undefined,
    ask: async () => {},
    mayBorrow: false,
  };
}

export function relayOptions(
  upstream: Pick<Upstream, "attempt"> & Partial<Upstream>,
  plan: Plan,
  more: Partial<RelayOptions> = {},
): RelayOptions {
  return {
    clock: new FakeClock(),
    log: SILENT,
    upstream: {
      tunnel: () => ({ abort() {} }),
      close: async () => {},
      ...upstream,
    },
    gate: OPEN_GATE,
    rules: PLAIN_RULES,
    plan: () => plan,
    planTunnel: () => ({ origin: ORIGIN, way: DIRECT, limits: NO_LIMITS }),
    openFile: async () => ({ kind: "internal" }),
    newExchangeId: () => "0123456789ab",
    traceIdOf: () => "",
    observe() {},
    answer: () => ({ status: 502, text: "no\n" }),
    safeHeaders: () => [],
    ...more,
  };
}
