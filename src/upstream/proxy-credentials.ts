import type { Way } from "../model/way.js";

/** The value of Proxy-Authorization for a way; undefined where it has no credentials (RFC 7617). */
export function proxyAuthorization(way: Way): string | undefined {
  if (way.type === "direct" || way.username === undefined) return undefined;
  const pair = `${way.username}:${way.password ?? ""}`;
  return `Basic ${Buffer.from(pair, "utf8").toString("base64")}`;
}
