import type { UpstreamTarget } from "../model/upstream.js";
import type { Way } from "../model/way.js";

export interface DialPlan {
  target: UpstreamTarget;
  /** `tunnel`: the bytes are the client's own, no TLS of ours; the socket outlives the peer's FIN. */
  use: "http" | "tunnel";
  /** What ALPN offers for https. */
  alpn: readonly string[];
  /** Where TLS sessions of this target are kept. */
  key: string;
}

export type ProxyWay = Exclude<Way, { type: "direct" }>;

/** Requests for plain http go through an HTTP proxy in absolute-form, without CONNECT (RFC 9112 §3.2.2; net/http does too). */
export function isForwarded(target: UpstreamTarget): boolean {
  const { type } = target.way;
  return (
    target.origin.scheme === "http" && (type === "http" || type === "https")
  );
}
