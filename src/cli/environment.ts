import type { BundleFiles } from "../control/protocol.js";

export interface ProxyEnvironmentOptions {
  /** What the child would have had. */
  base: NodeJS.ProcessEnv;
  /** Where gotap listens; an IPv6 literal without brackets. */
  proxy: { host: string; port: number };
  /** Names the run in the proxy's userinfo: exact attribution on every system (FACTS G15). */
  run?: { runId: string; token: string };
  /** Merged bundles; a variable without one is left as it is. */
  bundles: BundleFiles;
  /** Leaves NO_PROXY as the user has it: what it names is then not seen. */
  keepNoProxy?: boolean;
  traceparent?: string;
}

/**
 * What stays out of the proxy: this machine itself, and addresses that gotap would refuse (SPEC §8). Literals stand beside
 * their networks for programs that read no CIDR.
 */
const NEVER_PROXIED = [
  "localhost",
  "127.0.0.1",
  "127.0.0.0/8",
  "::1",
  "169.254.169.254",
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::254",
  "100.100.100.200",
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
].join(",");

/**
 * The variables that `gotap run` and `gotap env` set, and nothing else of the environment: proxy in both cases (git and curl
 * let the lower case win, FACTS G22), git's own setting added to the GIT_CONFIG_* that are there, trust, NO_PROXY, TRACEPARENT.
 */
export function proxyEnvironment(
  options: ProxyEnvironmentOptions,
): Record<string, string> {
  const { base, bundles, traceparent } = options;
  const proxy = proxyUrl(options);
  return {
    HTTPS_PROXY: proxy,
    HTTP_PROXY: proxy,
    https_proxy: proxy,
    http_proxy: proxy,
    GIT_HTTP_PROXY_AUTHMETHOD: "basic",
    ...withGitSetting(base, "http.proxy", proxy),
    ...bundles,
    ...(options.keepNoProxy !== true && {
      NO_PROXY: NEVER_PROXIED,
      no_proxy: NEVER_PROXIED,
    }),
    ...(traceparent !== undefined && { TRACEPARENT: traceparent }),
  };
}

function proxyUrl({ proxy, run }: ProxyEnvironmentOptions): string {
  const host = proxy.host.includes(":") ? `[${proxy.host}]` : proxy.host;
  const user = run === undefined ? "" : `run-${run.runId}:${run.token}@`;
  return `http://${user}${host}:${proxy.port}`;
}

/** git reads GIT_CONFIG_KEY_0 … up to GIT_CONFIG_COUNT; the last of equal keys wins (git-config, "ENVIRONMENT"). */
function withGitSetting(
  base: NodeJS.ProcessEnv,
  key: string,
  value: string,
): Record<string, string> {
  const count = base["GIT_CONFIG_COUNT"] ?? "";
  const next = /^\d{1,6}$/.test(count) ? Number(count) : 0;
  return {
    GIT_CONFIG_COUNT: String(next + 1),
    [`GIT_CONFIG_KEY_${next}`]: key,
    [`GIT_CONFIG_VALUE_${next}`]: value,
  };
}
