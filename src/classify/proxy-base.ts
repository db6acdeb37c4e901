/** A URL under which a module proxy or a checksum database is known to answer. */
export interface ProxyBase {
  serves: "modules" | "checksums";
  /** Lower case, an IPv6 literal without brackets. */
  host: string;
  port: number;
  /** As in a request's target, still percent-encoded, without the last slash: empty for the root. */
  path: string;
  /** The database's name, of `checksums` alone: its URL need not hold it. */
  sumdbName?: string;
}

/**
 * The bases that module proxy URLs name.
 * @param urls each a URL, or a list as GOPROXY holds it (`,` and `|`); `direct`, `off`, `noproxy`, `file:` URLs and what is no
 *   URL are passed over; a URL without a scheme is https (cmd/go/internal/modfetch/proxy.go)
 */
export function proxyBases(urls: readonly string[]): ProxyBase[] {
  return urls
    .flatMap((list) => list.split(/[,|]/))
    .flatMap((url) => parseBase(url.trim(), "modules") ?? []);
}

/**
 * The base that GOSUMDB names, or none for `off`.
 * @param gosumdb `name`, `name+key` or either with a URL after it (cmd/go/internal/modfetch/sumdb.go)
 */
export function sumdbBases(gosumdb: string): ProxyBase[] {
  const [key = "", url] = gosumdb.trim().split(/\s+/);
  const name = key.split("+", 1)[0] ?? "";
  if (name === "" || name === "off") return [];
  const base = parseBase(url ?? name, "checksums");
  return base === undefined ? [] : [{ ...base, sumdbName: name }];
}

function parseBase(
  text: string,
  serves: ProxyBase["serves"],
): ProxyBase | undefined {
  if (text.startsWith("/") || !/[.:/]/.test(text)) return undefined;
  const url = parseUrl(text.includes(":/") ? text : `https://${text}`);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  return {
    serves,
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? (url.protocol === "http:" ? 80 : 443) : +url.port,
    // FACTS G26: go joins a base and a module's path with path.Join, which folds double slashes.
    path: url.pathname.replace(/\/{2,}/g, "/").replace(/\/$/, ""),
  };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
