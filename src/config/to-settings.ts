import type {
  BreakerSettings,
  RetrySettings,
  Rule,
  Settings,
  Timeouts,
} from "../model/settings.js";
import type { Config } from "./schema.js";

/** For a person to see in spans that it touched (FACTS G21: git may think for minutes before it speaks). */
const GIT_RULE: Rule = {
  name: "git thinks before it speaks",
  kind: ["git-upload-pack"],
  timeouts: { firstByteMs: 300_000 },
};

type RuleConfig = NonNullable<Config["rule"]>[number];

/** The file's keys under the product's names; the built-in rule stands after the user's. */
export function toSettings(config: Config): Settings {
  return {
    listen: config.listen,
    intercept: config.intercept,
    timeouts: renamed<Timeouts>(config.timeouts, TIMEOUTS),
    retry: renamed<RetrySettings>(config.retry, RETRY),
    breaker: renamed<BreakerSettings>(config.breaker, BREAKER),
    health: {
      intervalMs: config.health.interval,
      timeoutMs: config.health.timeout,
      failures: config.health.failures,
    },
    rules: [...(config.rule ?? []).map(ruleOf), GIT_RULE],
    mirrors: config.mirror ?? [],
    upstreams: (config.upstream ?? []).map(({ name, url, for: hosts }) => ({
      name,
      url,
      ...(hosts && { for: hosts }),
    })),
    offline: config.offline,
    resolve: config.resolve ?? {},
    tls: { ca: config.tls.ca ?? [] },
    store: {
      maxAgeMs: config.store.max_age,
      maxBytes: config.store.max_size,
    },
    export: {
      ...(config.export.endpoint !== undefined && {
        endpoint: config.export.endpoint,
      }),
    },
  };
}

const TIMEOUTS: Record<keyof Config["timeouts"], keyof Timeouts> = {
  dns: "dnsMs",
  connect: "connectMs",
  proxy: "proxyMs",
  tls: "tlsMs",
  first_byte: "firstByteMs",
  body_idle: "bodyIdleMs",
  total: "totalMs",
  patience: "patienceMs",
};

const RETRY: Record<keyof Config["retry"], keyof RetrySettings> = {
  attempts: "attempts",
  backoff: "backoffMs",
  max_backoff: "maxBackoffMs",
  budget: "budget",
};

const BREAKER: Record<keyof Config["breaker"], keyof BreakerSettings> = {
  failures: "failures",
  failure_rate: "failureRate",
  window: "windowMs",
  open_for: "openForMs",
  half_open: "halfOpen",
};

/** `names` is complete by its type, so what is complete stays so, and what is partial stays partial. */
function renamed<T>(
  table: Readonly<Record<string, number | undefined>>,
  names: Readonly<Record<string, keyof T>>,
): T {
  const entries = Object.entries(table).flatMap(([key, value]) => {
    const name = names[key];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries) as T;
}

function ruleOf(rule: RuleConfig): Rule {
  const { name, kind, host, module, session, intercept } = rule;
  return {
    name,
    ...(kind && { kind }),
    ...(host && { host }),
    ...(module && { module }),
    ...(session && { session }),
    ...(intercept !== undefined && { intercept }),
    ...(rule.timeouts && {
      timeouts: renamed<Partial<Timeouts>>(rule.timeouts, TIMEOUTS),
    }),
    ...(rule.retry && {
      retry: renamed<Partial<RetrySettings>>(rule.retry, RETRY),
    }),
  };
}
