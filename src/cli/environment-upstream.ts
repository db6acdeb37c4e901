import { parseProxyUrl } from "../policy/proxy-url.js";
import { originalEnvironment } from "./saved-environment.js";

/** A proxy that was set before gotap took its place; values as they stood, checked by whoever dials. */
export interface ProxyBefore {
  https?: string;
  http?: string;
  /** The user's own NO_PROXY. */
  noProxy?: string;
}

export type UpstreamBefore =
  /** `proxy` without `https` and `http`: requests leave the machine directly. */
  | { type: "proxy"; proxy: ProxyBefore }
  /** gotap itself stood there: that daemon's own upstream counts. `before` is what `gotap env` had found, for when it is gone. */
  | { type: "daemon"; address: string; before: ProxyBefore };

export interface UpstreamQuestion {
  env: NodeJS.ProcessEnv;
  /** `git config http.proxy`, which git prefers to every variable (FACTS G22). */
  gitProxy?: string;
  /** `host:port` of every running gotap: `DaemonStatus.listen`. */
  ownAddresses?: readonly string[];
}

/**
 * What becomes the upstream of a run or daemon: the proxy of the variables as go reads them (upper case first, FACTS G16), else
 * git's.
 */
export function upstreamFromEnvironment({
  env,
  gitProxy,
  ownAddresses = [],
}: UpstreamQuestion): UpstreamBefore {
  const proxy = proxyOf(env, gitProxy);
  for (const url of [proxy.https, proxy.http]) {
    const address =
      url === undefined ? undefined : ownAddress(url, ownAddresses);
    if (address !== undefined)
      return {
        type: "daemon",
        address,
        before: withoutOwn(
          proxyOf(originalEnvironment(env), gitProxy),
          ownAddresses,
        ),
      };
  }
  return { type: "proxy", proxy };
}

function proxyOf(
  env: NodeJS.ProcessEnv,
  gitProxy: string | undefined,
): ProxyBefore {
  const first = (...names: string[]) =>
    names
      .map((name) => env[name])
      .find((value) => value !== undefined && value !== "");
  const git = gitProxy === "" ? undefined : gitProxy;
  const https = first("HTTPS_PROXY", "https_proxy") ?? git;
  const http = first("HTTP_PROXY", "http_proxy") ?? git;
  const noProxy = first("NO_PROXY", "no_proxy");
  return {
    ...(https !== undefined && { https }),
    ...(http !== undefined && { http }),
    ...(noProxy !== undefined && { noProxy }),
  };
}

/** An address that was typed by hand stands in the original environment too. */
function withoutOwn(
  { https, http, noProxy }: ProxyBefore,
  ownAddresses: readonly string[],
): ProxyBefore {
  const isOthers = (url: string | undefined): url is string =>
    url !== undefined && ownAddress(url, ownAddresses) === undefined;
  return {
    ...(isOthers(https) && { https }),
    ...(isOthers(http) && { http }),
    ...(noProxy !== undefined && { noProxy }),
  };
}

/** @returns the address where the URL names gotap: one of its addresses, or a run in the user name */
function ownAddress(
  url: string,
  ownAddresses: readonly string[],
): string | undefined {
  const way = parseProxyUrl(url);
  if (!("type" in way) || way.type === "direct") return undefined;
  const { name, host, port } = way;
  if (/^run-[0-9a-f]{16}$/.test(way.username ?? "")) return name;
  return ownAddresses.find(
    (address) =>
      address === name ||
      (host === "localhost" &&
        /^(127\.|\[::1\])/.test(address) &&
        address.endsWith(`:${port}`)),
  );
}
