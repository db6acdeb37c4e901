import type { ExchangeRecord, SourceRole } from "../model/record.js";
import type { Span } from "../model/span.js";
import { ATTR } from "../span/attributes.js";
import { escapeText } from "./escape.js";

/** What a request's title is made from; the same whether it comes from a record or from a span. */
interface TitleParts {
  kind: string;
  modulePath: string | undefined;
  moduleVersion: string | undefined;
  sumdbTile: string | undefined;
  /** Host, with the port where it is not the scheme's own. */
  host: string;
  /** Path and query. */
  target: string;
  tunnel: boolean;
}

/** `golang.org/x/tools@v0.30.0.zip`, `lookup golang.org/x/net@v0.35.0`, `CONNECT github.com`; escaped. */
export function requestTitle(exchange: ExchangeRecord): string {
  const { request } = exchange;
  return title({
    kind: request.kind,
    modulePath: request.modulePath,
    moduleVersion: request.moduleVersion,
    sumdbTile: request.sumdbTile,
    host: shortHost(exchange.scheme, exchange.host, exchange.port),
    target: exchange.target,
    tunnel: exchange.via === "tunnel",
  });
}

/** The same from a SERVER or CLIENT span. */
export function spanTitle(span: Span): string {
  const about = span.attributes;
  const text = (key: string): string | undefined =>
    typeof about[key] === "string" ? about[key] : undefined;
  const url = /^(https?):\/\/[^/?#]*([^#]*)/.exec(text(ATTR.urlFull) ?? "");
  return title({
    kind: text(ATTR.kind) ?? "other",
    modulePath: text(ATTR.modulePath),
    moduleVersion: text(ATTR.moduleVersion),
    sumdbTile: text(ATTR.sumdbTile),
    host: spanHost(span),
    target: url?.[2] ?? "",
    tunnel: about[ATTR.tunnel] === true || url === null,
  });
}

/** Host of a SERVER or CLIENT span, with the port where it is not the scheme's own; escaped. */
export function spanHost(span: Span): string {
  const scheme = span.attributes[ATTR.urlScheme] === "http" ? "http" : "https";
  const host = span.attributes[ATTR.serverAddress];
  const port = span.attributes[ATTR.serverPort];
  if (typeof host !== "string") return "";
  return shortHost(scheme, host, typeof port === "number" ? port : undefined);
}

/** `goproxy.cn`, `localhost:8080`, `[::1]:8443`; `gomodcache`, which has no port (0); escaped. */
export function shortHost(
  scheme: "http" | "https",
  host: string,
  port: number | undefined,
): string {
  const name = host.includes(":") ? `[${host}]` : host;
  const usual = scheme === "https" ? 443 : 80;
  return escapeText(
    port === undefined || port === usual || port === 0
      ? name
      : `${name}:${port}`,
  );
}

/** `goproxy.cn`, `mirror goproxy.io`, `gomodcache`: who was asked, seen from what go named. */
export function sourceText(source: unknown, host: string): string {
  return typeof source === "string" && ROLE_WORDS.has(source)
    ? `${source} ${host}`
    : host;
}

/** The roles that say something about a host; of `chain` and `offline` the name says enough. */
const ROLE_WORDS: ReadonlySet<string> = new Set<SourceRole>([
  "mirror",
  "sumdb",
]);

function title(parts: TitleParts): string {
  const { kind, modulePath, moduleVersion, host, target } = parts;
  if (parts.tunnel) return `CONNECT ${host}`;
  const module = escapeText(modulePath ?? "");
  const version = escapeText(moduleVersion ?? "");
  const path = escapeText(target.replace(/\?.*$/s, ""));
  switch (kind) {
    case "info":
    case "mod":
    case "zip":
      return `${module}@${version}.${kind}`;
    case "list":
      return `${module}/@v/list`;
    case "latest":
      return `${module}@latest`;
    case "toolchain":
      return `${module}@${version}${/\.[a-z]+$/.exec(path)?.[0] ?? ""}`;
    case "sumdb-lookup":
      return `lookup ${module}@${version}`;
    case "sumdb-tile":
      return `tile ${escapeText(parts.sumdbTile ?? "")}`;
    case "sumdb-latest":
      return "latest tree of the checksum database";
    case "sumdb-supported":
      return "checksum database supported?";
    case "go-get":
      return `${host}${path}?go-get=1`;
    case "git-refs":
    case "git-upload-pack":
      return `${kind} ${host}${path.replace(/\/(?:info\/refs|git-upload-pack)$/, "")}`;
    default:
      return `${host}${path}`;
  }
}
