import type { ResponseHead } from "../model/client.js";
import { headerValue } from "../model/headers.js";
import type { TargetTrust } from "../model/upstream.js";
import type { Origin } from "../model/way.js";

/** Where one request of a check goes. */
export interface Place {
  origin: Origin;
  target: string;
  hostHeader: string;
  trust?: TargetTrust;
}

export type Redirect =
  | { follow: true; place: Place }
  /** `host` as in a URL; empty where the Location cannot be read. */
  | { follow: false; host: string };

/**
 * Where an answer points to. Followed to https, and within one origin; a captive portal's plain http is not asked. Userinfo and
 * what the place before was trusted for do not go along to another origin.
 * @returns undefined where the answer is no redirect
 */
export function redirectOf(
  head: ResponseHead,
  from: Place,
): Redirect | undefined {
  if (![301, 302, 303, 307, 308].includes(head.status)) return undefined;
  const location = headerValue(head.headers, "location");
  if (location === undefined) return undefined;
  const { scheme } = from.origin;
  let url: URL;
  try {
    url = new URL(location, `${scheme}://${from.hostHeader}${from.target}`);
  } catch {
    return { follow: false, host: "" };
  }
  const to = originOf(url);
  if (to === undefined) return { follow: false, host: url.host };
  const same =
    to.scheme === scheme &&
    to.host === from.origin.host &&
    to.port === from.origin.port;
  if (!same && to.scheme !== "https") return { follow: false, host: url.host };
  return {
    follow: true,
    place: {
      origin: to,
      target: url.pathname + url.search,
      hostHeader: same ? from.hostHeader : url.host,
      ...(same && from.trust !== undefined ? { trust: from.trust } : {}),
    },
  };
}

function originOf(url: URL): Origin | undefined {
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== "http" && scheme !== "https") return undefined;
  const port = url.port === "" ? (scheme === "http" ? 80 : 443) : +url.port;
  return { scheme, host: url.hostname.replace(/^\[|\]$/g, ""), port };
}
