import type { Way } from "../model/way.js";
import type { BadText } from "./host-port.js";
import { formatIp, parseIp } from "./ip-address.js";

const SCHEMES: Record<
  string,
  { type: "http" | "https" | "socks5"; port: number } | undefined
> = {
  "http:": { type: "http", port: 80 },
  "https:": { type: "https", port: 443 },
  // Names are resolved by the proxy in both forms, as go does (net/http, socksDialer).
  "socks5:": { type: "socks5", port: 1080 },
  "socks5h:": { type: "socks5", port: 1080 },
};

/**
 * A proxy's URL as a way out. No scheme means http; http 80, https 443, socks5 and socks5h 1080 without a port. The way is named
 * `host:port`, never with credentials; neither does an error text hold any.
 */
export function parseProxyUrl(text: string): Way | BadText {
  const url = parseUrl(text.trim());
  if (url === undefined) return { error: "no URL: host:port or scheme://host" };
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined)
    return {
      error: `scheme ${url.protocol.slice(0, -1)} is none of http, https, socks5, socks5h`,
    };
  const host = hostOf(url);
  if (host === "") return { error: "no host" };
  const port = url.port === "" ? scheme.port : Number(url.port);
  if (port === 0) return { error: "port 0" };
  const username = decode(url.username);
  const password = decode(url.password);
  if (username === undefined || password === undefined)
    return { error: "malformed percent-encoding in the user name or password" };
  return {
    type: scheme.type,
    name: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`,
    host,
    port,
    ...(url.username === "" && url.password === "" ? {} : { username }),
    ...(url.password === "" ? {} : { password }),
  };
}

function parseUrl(text: string): URL | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  try {
    return new URL(hasScheme ? text : `http://${text}`);
  } catch {
    return undefined;
  }
}

/** Lower case, an IPv6 literal bare: a URL parser leaves both to the user for schemes it does not know, such as socks5. */
function hostOf(url: URL): string {
  const bare = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const ip = bare.includes(":") ? parseIp(bare) : undefined;
  return ip === undefined ? bare : formatIp(ip);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
