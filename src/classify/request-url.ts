import type { ProxyBase } from "./proxy-base.js";

/** What a family looks at: one request, its URL taken apart once. */
export interface RequestUrl {
  method: string;
  /** GET or HEAD. */
  reads: boolean;
  host: string;
  port: number;
  /** As it stands in the target: starts with `/`, still percent-encoded, no query. */
  path: string;
  /** Without the `?`; undefined where there is none. */
  query: string | undefined;
  bases: readonly ProxyBase[];
}

/** The value of a query parameter, percent-decoded; undefined where it does not occur. */
export function queryValue(
  query: string | undefined,
  name: string,
): string | undefined {
  if (query === undefined) return undefined;
  for (const pair of query.split("&")) {
    const equals = pair.indexOf("=");
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (key === name)
      return equals < 0 ? "" : decodePercent(pair.slice(equals + 1));
  }
  return undefined;
}

/** Percent-decoded, or undefined where an escape is malformed or no UTF-8. */
export function decodePercent(text: string): string | undefined {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
