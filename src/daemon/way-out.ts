import type { Log } from "../model/log.js";
import { DIRECT, type Origin, type Way } from "../model/way.js";
import { proxyConfig, proxyFor } from "../policy/no-proxy.js";
import { parseProxyUrl } from "../policy/proxy-url.js";

/** How this run's (or this daemon's) requests leave the machine. */
export interface WayOut {
  wayFor(origin: Origin): Way;
  /** The proxy in front of https, for `status`; never credentials. */
  name: string | undefined;
}

/** The proxy variables as they stood before gotap took their place. */
export interface PreviousProxy {
  https?: string | undefined;
  http?: string | undefined;
  noProxy?: string | undefined;
}

/**
 * The user's proxy becomes our upstream, and the user's NO_PROXY is applied here (SPEC §1). A value that is no proxy URL is
 * left out with a line that says so.
 */
export function wayOutOf(previous: PreviousProxy, log?: Log): WayOut {
  const config = proxyConfig({
    httpsProxy: previous.https,
    httpProxy: previous.http,
    noProxy: previous.noProxy,
  });
  const parsed = new Map<string, Way>();
  const parse = (url: string): Way => {
    const known = parsed.get(url);
    if (known !== undefined) return known;
    const way = parseProxyUrl(url);
    if ("type" in way) {
      parsed.set(url, way);
      return way;
    }
    log?.notice(
      `proxy ${url}`,
      `the proxy that was set is not used: ${way.error}`,
    );
    parsed.set(url, DIRECT);
    return DIRECT;
  };
  const named = config.https ?? config.http;
  const first = named === undefined ? undefined : parse(named);
  return {
    wayFor({ scheme, host, port }) {
      const url = proxyFor(config, scheme, host, port);
      return url === undefined ? DIRECT : parse(url);
    },
    name:
      first === undefined || first.type === "direct"
        ? undefined
        : `${first.host}:${first.port}`,
  };
}
