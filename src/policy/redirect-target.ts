import type { Origin } from "../model/way.js";
import type { BadText } from "./host-port.js";
import { authorityOf, parseSourceBase } from "./source-base.js";

export interface RedirectTarget {
  origin: Origin;
  /** Path and query. */
  target: string;
  hostHeader: string;
}

/**
 * Where a Location leads (RFC 9110 §10.2.2), relative ones from where they stood. Only to https, and never with userinfo (SPEC §4).
 */
export function redirectTarget(
  location: string,
  from: { origin: Origin; target: string },
): RedirectTarget | BadText {
  const base = `${from.origin.scheme}://${authorityOf(from.origin)}${from.target}`;
  const url = parseUrl(location, base);
  if (url === undefined) return { error: "a Location that is no URL" };
  const { pathname, search } = url;
  url.search = "";
  const to = parseSourceBase(url.href);
  if ("error" in to) return { error: `a Location with ${to.error}` };
  if (to.origin.scheme !== "https")
    return { error: "a Location that is not https" };
  return {
    origin: to.origin,
    target: pathname + search,
    hostHeader: authorityOf(to.origin),
  };
}

function parseUrl(location: string, base: string): URL | undefined {
  try {
    return new URL(location, base);
  } catch {
    return undefined;
  }
}
