import type { ProxyBase } from "./proxy-base.js";
import type { RequestUrl } from "./request-url.js";

/** Where the products that serve Go modules keep them; NAME and N are the site's own and may hold dots. */
const WELL_KNOWN = [
  /^(?:\/[^/]+)*?\/api\/go\/[^/]+\//, // Artifactory: /artifactory/api/go/NAME/
  /^(?:\/[^/]+)*?\/api\/v4\/projects\/[^/]+\/packages\/go\//, // GitLab
  /^(?:\/[^/]+)*?\/api\/packages\/[^/]+\/go\//, // Gitea, Forgejo
  /^(?:\/[^/.]+)?\/repository\/[^/]+\//, // Nexus: /repository/NAME/, also below a context path
];

/** A URL kept inside the path, its two slashes folded by path.Join or not (FACTS G26). */
const URL_IN_PATH = /^.*\/https?:\/\/?([^/]+)/;

/**
 * What may stand below the base of a module proxy, best guess first: the path without its leading slash and without the
 * known base, else without a product's well-known prefix, else without the leading elements that have no dot (a module path's
 * first element has one). The caller takes the first that is a valid module path.
 */
export function* belowModuleBase(url: RequestUrl): Generator<string> {
  const known = longestBase(url, url.path, "modules");
  if (known !== undefined) yield url.path.slice(known.path.length + 1);

  const inner = URL_IN_PATH.exec(url.path);
  if (inner !== null) {
    const rest = url.path.slice(inner[0].length);
    const host = (inner[1] ?? "").replace(/:\d+$/, "").toLowerCase();
    const nested = longestBase({ ...url, host, port: 0 }, rest, "modules");
    if (nested !== undefined) yield rest.slice(nested.path.length + 1);
    yield* guesses(rest);
  }
  yield* guesses(url.path);
}

function* guesses(path: string): Generator<string> {
  for (const shape of WELL_KNOWN) {
    const prefix = shape.exec(path)?.[0];
    if (prefix !== undefined) yield path.slice(prefix.length);
  }
  yield withoutDotless(path);
}

/**
 * The known base that `path` lies below, the longest of several.
 * @param url its host and port; port 0 stands for any
 */
export function longestBase(
  url: Pick<RequestUrl, "host" | "port" | "bases">,
  path: string,
  serves: ProxyBase["serves"],
): ProxyBase | undefined {
  let best: ProxyBase | undefined;
  for (const base of url.bases) {
    if (base.serves !== serves || base.host !== url.host) continue;
    if (url.port !== 0 && base.port !== url.port) continue;
    if (!path.startsWith(`${base.path}/`)) continue;
    if (best === undefined || base.path.length > best.path.length) best = base;
  }
  return best;
}

function withoutDotless(path: string): string {
  let start = 1;
  for (;;) {
    const slash = path.indexOf("/", start);
    const element = path.slice(start, slash < 0 ? undefined : slash);
    if (slash < 0 || element.includes(".")) return path.slice(start);
    start = slash + 1;
  }
}
