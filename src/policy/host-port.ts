import type { Origin } from "../model/way.js";
import { formatIp, parseIp } from "./ip-address.js";

/** RFC 1035's 253 and the dot at the end. */
const MAX_HOST = 254;
/** Letters, digits, `-`, `_` and single dots between; IDNs come as punycode. */
const NAME = /^[a-z0-9_](?:[a-z0-9_-]|\.(?=[a-z0-9_]))*\.?$/;

/** Host and port of an authority; an absent port is undefined. */
export interface HostPort {
  /** Lower case; an IPv6 literal without brackets, in RFC 5952's form. */
  host: string;
  port?: number;
}

export interface BadText {
  /** One line for a person. */
  error: string;
}

/** The default port of a scheme. */
export function defaultPort(scheme: Origin["scheme"]): 80 | 443 {
  return scheme === "http" ? 80 : 443;
}

/** A Host field or `:authority`: `uri-host [":" port]`, no userinfo (RFC 9110 §7.2). */
export function parseHostHeader(text: string): HostPort | BadText {
  if (text === "") return { error: "the host is empty" };
  if (text.includes("@")) return { error: "userinfo in an authority" };
  const bracket = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (text.startsWith("[") && bracket === null)
    return { error: "malformed IPv6 literal" };
  const [, inner = "", bracketPort] = bracket ?? [];
  const colon = text.indexOf(":");
  const name = colon < 0 ? text : text.slice(0, colon);
  const host = bracket === null ? checkName(name) : checkIpv6(inner);
  if (typeof host !== "string") return host;
  const portText =
    bracket === null
      ? colon < 0
        ? undefined
        : text.slice(colon + 1)
      : bracketPort;
  // RFC 3986 §3.2.3 allows `host:`, the same as no port.
  if (portText === undefined || portText === "") return { host };
  const port = parsePort(portText);
  return port === undefined ? { error: "bad port" } : { host, port };
}

/**
 * The target of a CONNECT: `host:port`, both of them there (RFC 9110 §9.3.6).
 * @returns an origin whose scheme is `https`, until somebody has seen the first bytes
 */
export function parseConnectTarget(text: string): Origin | BadText {
  if (/[/?#\\]/.test(text)) return { error: "a path in a CONNECT target" };
  const parsed = parseHostHeader(text);
  if ("error" in parsed) return parsed;
  if (parsed.port === undefined)
    return { error: "a CONNECT target needs a port: host:443" };
  return { scheme: "https", host: parsed.host, port: parsed.port };
}

/**
 * An absolute-form target, `http://host/path` (RFC 9112 §3.2.2).
 * @returns the origin and the origin-form of the rest, which starts with `/`
 */
export function parseAbsoluteForm(
  target: string,
): { origin: Origin; target: string } | BadText {
  const match = /^(https?):\/\/([^/?#]*)([^#]*)$/i.exec(target);
  if (match === null) return { error: "neither a path nor an http URL" };
  const scheme = match[1]?.toLowerCase() === "http" ? "http" : "https";
  const parsed = parseHostHeader(match[2] ?? "");
  if ("error" in parsed) return parsed;
  const { host, port = defaultPort(scheme) } = parsed;
  const rest = match[3] ?? "";
  return {
    origin: { scheme, host, port },
    target: rest.startsWith("/") ? rest : `/${rest}`,
  };
}

/** Whether a Host or `:authority` names the origin; no port means the scheme's default one. */
export function namesOrigin(named: HostPort, origin: Origin): boolean {
  return (
    named.host === origin.host &&
    (named.port ?? defaultPort(origin.scheme)) === origin.port
  );
}

function checkName(text: string): string | BadText {
  if (text.length > MAX_HOST) return { error: "the host is too long" };
  const name = text.toLowerCase();
  if (name.split(".").some((label) => label.length > 63))
    return { error: "a label of the host is too long" };
  return NAME.test(name) ? name : { error: "bad characters in the host" };
}

function checkIpv6(text: string): string | BadText {
  const ip = text.includes(":") ? parseIp(text) : undefined;
  if (ip === undefined || text.includes("%"))
    return { error: "malformed IPv6 literal" };
  return formatIp(ip);
}

/** 1 to 65535 in at most five digits. */
function parsePort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}
