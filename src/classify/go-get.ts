import type { RequestInfo } from "../model/request-kind.js";
import { pathOnHost } from "./import-path.js";
import { queryValue, type RequestUrl } from "./request-url.js";

/** `https://HOST/PATH?go-get=1`: go asks where an import path lives (go.dev/ref/mod#vcs-find). */
export function goGetRequest(url: RequestUrl): RequestInfo | undefined {
  if (!url.reads || queryValue(url.query, "go-get") !== "1") return undefined;
  const modulePath = pathOnHost(url.host, url.path);
  const info: RequestInfo = { kind: "go-get", template: "{module}?go-get=1" };
  return modulePath === undefined ? info : { ...info, modulePath };
}
