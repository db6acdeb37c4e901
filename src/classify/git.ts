import type { RequestInfo } from "../model/request-kind.js";
import { pathOnHost } from "./import-path.js";
import { queryValue, type RequestUrl } from "./request-url.js";

const REFS = "/info/refs";
const FETCH = "/git-upload-pack";
const PUSH = "/git-receive-pack";

/**
 * Git's smart HTTP (gitprotocol-http): the advertisement of refs and the fetch that follows it. Pushes and the dumb protocol
 * are `other`. `modulePath` is the repository as an import path (its `.git` dropped): GOPRIVATE patterns can be held against it.
 */
export function gitRequest(url: RequestUrl): RequestInfo | undefined {
  if (url.path.endsWith(FETCH) && url.method === "POST")
    return repository(url, "git-upload-pack", FETCH);
  if (url.path.endsWith(PUSH) && url.method === "POST")
    return repository(url, "other", PUSH);
  if (!url.reads || !url.path.endsWith(REFS)) return undefined;
  const service = queryValue(url.query, "service");
  return repository(
    url,
    service === "git-upload-pack" ? "git-refs" : "other",
    REFS,
  );
}

function repository(
  url: RequestUrl,
  kind: RequestInfo["kind"],
  tail: string,
): RequestInfo {
  const path = url.path.slice(0, -tail.length).replace(/\.git$/, "");
  const modulePath = pathOnHost(url.host, path);
  const info: RequestInfo = { kind, template: `{repository}${tail}` };
  return modulePath === undefined ? info : { ...info, modulePath };
}
