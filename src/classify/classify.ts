import type { RequestInfo } from "../model/request-kind.js";
import { checksumDatabaseRequest } from "./checksum-database.js";
import { gitRequest } from "./git.js";
import { goGetRequest } from "./go-get.js";
import { moduleProxyRequest } from "./module-proxy.js";
import type { ProxyBase } from "./proxy-base.js";
import type { RequestUrl } from "./request-url.js";
import { telemetryRequest } from "./telemetry.js";
import { vulnerabilityRequest } from "./vulnerability-database.js";

/** What a request looks like from outside. */
export interface RequestLine {
  method: string;
  scheme: "http" | "https";
  /** Lower case, an IPv6 literal without brackets. */
  host: string;
  port: number;
  /** Origin-form: path and query. */
  target: string;
  /** What GOPROXY, GOSUMDB and the mirrors name (proxyBases, sumdbBases); empty: shapes alone decide. */
  bases: readonly ProxyBase[];
}

const OTHER: RequestInfo = { kind: "other", template: "{path}" };

/**
 * What a request of the Go toolchain is for, from its URL alone. Total: what is malformed or unknown is `other`. The names in
 * it are what the URL says, decoded; only `template` is free of them.
 */
export function classify(line: RequestLine): RequestInfo {
  const url = takeApart(line);
  if (!url.path.startsWith("/")) return OTHER;
  return (
    // 1. The query says it: a go-get question can be asked of any path, also of one that looks like something else.
    goGetRequest(url) ??
    // 2. `/@v/` and `/@latest` occur in nothing else; before the checksum database, as a module may be called `…/sumdb/…`.
    moduleProxyRequest(url) ??
    // 3. `/sumdb/NAME/…`, or a database's own host.
    checksumDatabaseRequest(url) ??
    // 4. What git asks.
    gitRequest(url) ??
    // 5. 6. The go command's other services.
    vulnerabilityRequest(url) ??
    telemetryRequest(url) ??
    OTHER
  );
}

function takeApart(line: RequestLine): RequestUrl {
  const { method, host, port, target, bases } = line;
  const mark = target.indexOf("?");
  return {
    method,
    reads: method === "GET" || method === "HEAD",
    host,
    port,
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? undefined : target.slice(mark + 1),
    bases,
  };
}
