import { classify } from "../../src/classify/classify.js";
import type { ProxyBase } from "../../src/classify/proxy-base.js";
import type { RequestInfo } from "../../src/model/request-kind.js";

/** Classifies a URL as it would be typed; the path is taken as it stands, also where a URL parser would change it. */
export function ask(
  url: string,
  options: { method?: string; bases?: readonly ProxyBase[] } = {},
): RequestInfo {
  const match = /^(https?):\/\/([^/?]+?)(?::(\d+))?((?:[/?].*)?)$/.exec(url);
  if (match === null) throw new Error(`no URL: ${url}`);
  const scheme = match[1] === "http" ? "http" : "https";
  return classify({
    method: options.method ?? "GET",
    scheme,
    host: match[2] ?? "",
    port: match[3] === undefined ? (scheme === "http" ? 80 : 443) : +match[3],
    target: match[4] === "" ? "/" : (match[4] ?? "/"),
    bases: options.bases ?? [],
  });
}
