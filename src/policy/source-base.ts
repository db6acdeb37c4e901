import type { SourceRole } from "../model/record.js";
import type { Source } from "../model/source.js";
import type { Origin } from "../model/way.js";
import { type BadText, defaultPort } from "./host-port.js";

/** Where a module proxy or a checksum database answers: what stands in front of the path that is asked for. */
export interface SourceBase {
  origin: Origin;
  /** As it was written, percent-encoded, without the last slash: empty for the root. May hold `//` (FACTS G26). */
  path: string;
}

/**
 * A base's URL. Userinfo and a query are credentials, which are go's own matter: a base that holds either is none for gotap.
 * The error text holds nothing of the URL.
 */
export function parseSourceBase(text: string): SourceBase | BadText {
  const url = parseUrl(text);
  if (url === undefined) return { error: "no URL" };
  if (url.protocol !== "https:" && url.protocol !== "http:")
    return { error: "neither http nor https" };
  if (url.username !== "" || url.password !== "")
    return { error: "a user name or password in the URL" };
  if (url.search !== "") return { error: "a query in the URL" };
  const scheme = url.protocol === "http:" ? "http" : "https";
  const port = url.port === "" ? defaultPort(scheme) : Number(url.port);
  if (url.hostname === "" || port === 0) return { error: "no host" };
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { origin: { scheme, host, port }, path: withoutSlash(url.pathname) };
}

/**
 * What of a target stands below the base, without a leading slash; undefined where it does not stand there, or has a query (a
 * base with one is none). go folds double slashes in a module's URL, and leaves them in a checksum database's.
 */
export function belowBase(
  base: SourceBase,
  origin: Origin,
  target: string,
): string | undefined {
  if (!sameOrigin(base.origin, origin) || /[?#]/.test(target)) return undefined;
  const path = folded(target);
  const front = `${folded(base.path)}/`;
  return path.startsWith(front) ? path.slice(front.length) : undefined;
}

/**
 * The same file at another base, written as go would write it: path.Join for a module (cmd/go/internal/modfetch/proxy.go getBody),
 * the base as it is for a checksum database (cmd/go/internal/web Join).
 */
export function sourceAt(
  role: SourceRole,
  base: SourceBase,
  rest: string,
  serves: "modules" | "checksums",
): Source {
  const path = serves === "modules" ? folded(base.path) : base.path;
  const authority = authorityOf(base.origin);
  return {
    role,
    name: authority,
    origin: base.origin,
    target: `${withoutSlash(path)}/${rest}`,
    hostHeader: authority,
  };
}

function sameOrigin(a: Origin, b: Origin): boolean {
  return a.scheme === b.scheme && a.host === b.host && a.port === b.port;
}

/** `host` or `host:port`: no port where it is the scheme's default, IPv6 in brackets. */
export function authorityOf({ scheme, host, port }: Origin): string {
  const name = host.includes(":") ? `[${host}]` : host;
  return port === defaultPort(scheme) ? name : `${name}:${port}`;
}

function folded(path: string): string {
  return path.replace(/\/{2,}/g, "/");
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
