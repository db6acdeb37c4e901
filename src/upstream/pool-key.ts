import type { UpstreamTarget } from "../model/upstream.js";

/**
 * What two attempts must agree on to share a connection or a TLS session (SPEC §8): the way with its credentials, scheme,
 * host, port, the host's `[resolve]` address, and for NTLM/Negotiate the client's connection. Trust and verification are the
 * same for all: there is one set of roots, and no connection that was not verified against it. Stays in memory: it holds the
 * way's password.
 */
export function poolKey(
  target: UpstreamTarget,
  resolve: Readonly<Record<string, string>>,
): string {
  const { origin, way, pinnedTo } = target;
  const wayKey =
    way.type === "direct"
      ? ["direct"]
      : [
          way.type,
          way.host,
          way.port,
          way.username ?? null,
          way.password ?? null,
        ];
  return JSON.stringify([
    wayKey,
    origin.scheme,
    origin.host,
    origin.port,
    resolve[origin.host] ?? null,
    pinnedTo ?? null,
  ]);
}
