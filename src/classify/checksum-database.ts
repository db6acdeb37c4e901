import type { RequestInfo } from "../model/request-kind.js";
import { longestBase } from "./below-base.js";
import { unescapeModulePath, unescapeVersion } from "./module-escape.js";
import { decodePercent, type RequestUrl } from "./request-url.js";

/** H in 1–30, L a number or `data`, N in groups of three digits, W for a partial tile (golang.org/x/mod/sumdb/tlog). */
const TILE =
  /^(?:[1-9]|[12]\d|30)\/(?:\d{1,2}|data)\/(?:x\d{3}\/)*\d{3}(?:\.p\/[1-9]\d{0,9})?$/;

/** A host that says by its name that it is one: `/latest` alone would be too little. */
const SPEAKING_HOST = /^sum(?:db)?\./;

/** `/sumdb/NAME/…` below a module proxy; NAME is a host, with a path or not (design/25530-sumdb). */
const PROXIED =
  /^\/sumdb\/([^/]+(?:\/[^/]+)*?)\/(supported$|latest$|lookup\/|tile\/)/;

/** Requests of a checksum database, asked directly or through a module proxy. */
export function checksumDatabaseRequest(
  url: RequestUrl,
): RequestInfo | undefined {
  if (!url.reads) return undefined;
  return proxied(url) ?? direct(url);
}

function proxied(url: RequestUrl): RequestInfo | undefined {
  const base = longestBase(url, url.path, "modules");
  const at = url.path.indexOf("/sumdb/", base?.path.length);
  if (at < 0) return undefined;
  const path = decodePercent(url.path.slice(at));
  const name = path === undefined ? undefined : PROXIED.exec(path)?.[1];
  if (path === undefined || name === undefined) return undefined;
  // Without a known base only a name that looks like a host is believed: `/sumdb/` is an ordinary folder's name too.
  if (base?.path.length !== at && !/^[^/]*\./.test(name)) return undefined;
  const rest = path.slice("/sumdb/".length + name.length + 1);
  if (rest === "supported")
    return {
      kind: "sumdb-supported",
      sumdbName: name,
      template: "sumdb/{name}/supported",
    };
  return operation(rest, name, "sumdb/{name}/");
}

function direct(url: RequestUrl): RequestInfo | undefined {
  const base = longestBase(url, url.path, "checksums");
  const path = decodePercent(url.path.slice((base?.path.length ?? 0) + 1));
  if (path === undefined) return undefined;
  if (path === "latest" && base === undefined && !SPEAKING_HOST.test(url.host))
    return undefined;
  return operation(path, base?.sumdbName ?? url.host, "");
}

function operation(
  path: string,
  sumdbName: string,
  prefix: string,
): RequestInfo | undefined {
  if (path === "latest")
    return { kind: "sumdb-latest", sumdbName, template: `${prefix}latest` };
  if (path.startsWith("lookup/"))
    return lookup(path.slice(7), sumdbName, prefix);
  if (!path.startsWith("tile/")) return undefined;
  const sumdbTile = path.slice(5);
  if (!TILE.test(sumdbTile)) return undefined;
  const template = `${prefix}tile/{tile}`;
  return { kind: "sumdb-tile", sumdbName, sumdbTile, template };
}

function lookup(
  text: string,
  sumdbName: string,
  prefix: string,
): RequestInfo | undefined {
  const at = text.indexOf("@");
  if (at < 0) return undefined;
  const modulePath = unescapeModulePath(text.slice(0, at));
  const moduleVersion = unescapeVersion(text.slice(at + 1));
  if (modulePath === undefined || moduleVersion === undefined) return undefined;
  return {
    kind: "sumdb-lookup",
    sumdbName,
    modulePath,
    moduleVersion,
    template: `${prefix}lookup/{module}@{version}`,
  };
}
