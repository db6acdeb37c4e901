import type { UpstreamTarget } from "../model/upstream.js";
import { rootsKey } from "./roots-key.js";

/**
 * What two attempts must agree on to share a connection or a TLS session (SPEC §8): the way with its credentials, scheme,
 * host, port, the host's `[resolve]` address, whether the certificate is verified and against which additional roots, and for
 * NTLM/Negotiate the client's connection. Stays in memory: it holds the way's password.
 */
export function poolKey(
  target: UpstreamTarget,
  resolve: Readonly<Record<string, string>>,
): string {
  const { origin, way, pinnedTo, trust } = target;
  const insecure = origin.scheme === "https" && trust?.insecure === true;
  const roots = origin.scheme === "https" ? rootsKey(trust) : undefined;
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
    insecure ? "unverified" : (roots ?? null),
    pinnedTo ?? null,
  ]);
}
