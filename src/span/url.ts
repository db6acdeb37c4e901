import { redactHome, redactTarget } from "./redact-text.js";

/** `url.full`: redacted, the scheme's own port left out, IPv6 in brackets. */
export function fullUrl(
  scheme: "http" | "https",
  host: string,
  port: number,
  target: string,
): string {
  const standard = port === (scheme === "https" ? 443 : 80);
  const name = host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${name}${standard ? "" : `:${port}`}${redactTarget(target)}`;
}

/** `url.full` of what lies on this machine: `gomodcache:/golang.org/x/text/@v/list`, without the folder it lies in. */
export function storedUrl(cache: string, target: string): string {
  return `${cache}:${redactTarget(redactHome(target))}`;
}
