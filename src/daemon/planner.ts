import { classify } from "../classify/classify.js";
import type { ClientRequest, ClientTunnel } from "../model/client.js";
import { headerValue } from "../model/headers.js";
import type { Settings } from "../model/settings.js";
import type { UpstreamTarget } from "../model/upstream.js";
import { attemptLimits } from "../policy/deadlines.js";
import { effectiveFor } from "../policy/rules.js";
import type { Plan } from "../relay/options.js";
import type { KnownBases } from "./known-bases.js";
import type { WayOut } from "./way-out.js";

/** What the planner must know of a connection. */
export interface Behind {
  wayOut: WayOut;
  bases: KnownBases;
  /** `go mod download`; undefined while the session is not known yet. */
  command: string | undefined;
}

/** Classifies a request and gives it its limits and its way: everything that holds before the first attempt. */
export function planRequest(
  request: ClientRequest,
  settings: Settings,
  behind: Behind,
): Plan {
  const { method, origin, target, headers, connection } = request;
  const info = classify({
    method,
    scheme: origin.scheme,
    host: origin.host,
    port: origin.port,
    target,
    bases: behind.bases.bases,
  });
  const { timeouts, setBy } = effectiveFor(
    {
      kind: info.kind,
      host: origin.host,
      ...(info.modulePath === undefined ? {} : { modulePath: info.modulePath }),
      ...(behind.command === undefined
        ? {}
        : { sessionCommand: behind.command }),
    },
    settings,
  );
  const limits = attemptLimits({
    kind: info.kind,
    timeouts,
    setBy,
    lastTry: true,
  });
  const upstreamTarget: UpstreamTarget = {
    origin,
    way: behind.wayOut.wayFor(origin),
    limits,
  };
  // NTLM and Negotiate authenticate a connection, not a request (RFC 4559 §6): it must be nobody else's.
  if (
    /^(?:ntlm|negotiate)\b/i.test(headerValue(headers, "authorization") ?? "")
  )
    upstreamTarget.pinnedTo = connection.id;
  return { info, target: upstreamTarget, limits };
}

const NO_LIMITS = { dnsMs: 0, connectMs: 0, proxyMs: 0, tlsMs: 0 };

/** Limits never apply to a tunnel (SPEC §2): the program at its end has its own. */
export function planTunnel(
  tunnel: ClientTunnel,
  wayOut: WayOut,
): UpstreamTarget {
  return {
    origin: tunnel.origin,
    way: wayOut.wayFor(tunnel.origin),
    limits: NO_LIMITS,
  };
}
