import { type NoProxyList, parseNoProxy, spares } from "./no-proxy-list.js";

/** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, read once. */
export interface ProxyConfig {
  /** With a scheme; undefined where none is set, or what is set is no URL. */
  http: string | undefined;
  https: string | undefined;
  noProxy: NoProxyList;
}

/** The values of the environment variables; upper and lower case are settled by the caller (FACTS G16, G22). */
export interface ProxyVariables {
  httpProxy?: string | undefined;
  httpsProxy?: string | undefined;
  noProxy?: string | undefined;
}

/** Reads the variables as go does (golang.org/x/net/http/httpproxy): a value without a scheme means http, a bad one counts for none. */
export function proxyConfig(variables: ProxyVariables): ProxyConfig {
  return {
    http: withScheme(variables.httpProxy),
    https: withScheme(variables.httpsProxy),
    noProxy: parseNoProxy(variables.noProxy ?? ""),
  };
}

/**
 * The URL of the proxy that go would use for an origin, or undefined where it would go there itself: `localhost` and loopback
 * addresses always (FACTS G12), and what NO_PROXY names.
 * @param host without brackets
 */
export function proxyFor(
  config: ProxyConfig,
  scheme: "http" | "https",
  host: string,
  port: number,
): string | undefined {
  const proxy = scheme === "https" ? config.https : config.http;
  return proxy === undefined || spares(config.noProxy, host, port)
    ? undefined
    : proxy;
}

function withScheme(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text)) return text;
  // Go prepends the scheme to what is no URL of its own, and drops what is still none.
  return /[\s\p{Cc}]/u.test(text) ? undefined : `http://${text}`;
}
