import type { RequestKind } from "./request-kind.js";

// The configuration after parsing: SPEC §4's keys in camelCase, units in the names, every default filled in.

/** Each 0 means no limit. */
export interface Timeouts {
  dnsMs: number;
  connectMs: number;
  proxyMs: number;
  tlsMs: number;
  /** Request written to the first byte of the response's head. */
  firstByteMs: number;
  /** No byte of a body under way, while the client can take bytes. */
  bodyIdleMs: number;
  totalMs: number;
  /** firstByte and bodyIdle of the last try there is. */
  patienceMs: number;
}

export interface RetrySettings {
  attempts: number;
  backoffMs: number;
  maxBackoffMs: number;
  budget: number;
}

export interface BreakerSettings {
  failures: number;
  failureRate: number;
  windowMs: number;
  openForMs: number;
  halfOpen: number;
}

export interface HealthSettings {
  intervalMs: number;
  timeoutMs: number;
  failures: number;
}

/** Matches a request where every field that is there matches; sets what is there. */
export interface Rule {
  name: string;
  kind?: RequestKind[];
  /** `*.corp.example` is any subdomain, `corp.example` that host alone. */
  host?: string[];
  /** Patterns as GOPRIVATE's. */
  module?: string[];
  /** Commands: `go mod download`. A prefix of the session's command matches. */
  session?: string[];
  intercept?: boolean;
  timeouts?: Partial<Timeouts>;
  retry?: Partial<RetrySettings>;
}

export interface Mirror {
  for: string;
  urls: string[];
}

export interface UpstreamWay {
  name: string;
  url: string;
  for?: string[];
}

export type InterceptMode = "go" | "all" | "none";

export interface Settings {
  listen: { host: string; port: number };
  intercept: InterceptMode;
  timeouts: Timeouts;
  retry: RetrySettings;
  breaker: BreakerSettings;
  health: HealthSettings;
  /** The user's, in file order, then the built-in git rule. */
  rules: Rule[];
  mirrors: Mirror[];
  upstreams: UpstreamWay[];
  offline: { use: string[]; when: "never" | "failed" | "always" };
  /** Lower-case host name to IP literal. */
  resolve: Record<string, string>;
  tls: { ca: string[] };
  store: { maxAgeMs: number; maxBytes: number };
  export: { endpoint?: string };
}
