import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

import type { Origin } from "../model/way.js";
import { ipLiteral } from "./address.js";
import { nameLine } from "./certificate-line.js";
import type { DialContext, DialRun } from "./dial-context.js";
import type { DialPlan, ProxyWay } from "./dial-plan.js";
import { reachOrigin, reachProxy } from "./reach.js";
import { failed, GIVEN_UP, type Result } from "./result.js";
import { throughProxy } from "./through-proxy.js";
import { tlsHandshake } from "./tls-handshake.js";

/** A connection to the origin, ready for its first byte; its errors are heard. */
export interface Dialled {
  socket: Socket;
  protocol: "h2" | "http/1.1";
  /** Of the TCP connection: the proxy's, where there is one. */
  peerAddress?: string;
  peerPort?: number;
  /** `1.2`, `1.3`; absent without TLS. */
  tlsVersion?: string;
}

/**
 * Makes one connection: look-up, TCP, the proxy's handshake, TLS, each with its own limit and each timed in `run.record` where
 * it happens. Never throws; when it fails, or `run.signal` aborts it, nothing stays open.
 */
export async function dial(
  plan: DialPlan,
  context: DialContext,
  run: DialRun,
): Promise<Result<Dialled>> {
  const { target, use } = plan;
  const { origin, way, limits } = target;
  const allowHalfOpen = use === "tunnel";
  if (way.type === "https") context.trust.prepare();
  if (use === "http" && origin.scheme === "https")
    context.trust.prepare(target.trust);
  const tcp =
    way.type === "direct"
      ? await reachOrigin({ ...origin, allowHalfOpen, limits }, context, run)
      : await reachThroughProxy(way, origin, allowHalfOpen, plan, context, run);
  if (!tcp.ok) return tcp;
  const { remoteAddress, remotePort } = tcp.value;

  const ready = await throughProxy(tcp.value, plan, context, run);
  if (!ready.ok) return ready;
  const secured =
    use === "http" && origin.scheme === "https"
      ? await secure(ready.value, plan, context, run)
      : ready;
  if (!secured.ok) return secured;
  const socket = secured.value;
  // Given up in the instant in which the last step was done.
  if (run.signal.aborted) {
    socket.destroy();
    return failed(GIVEN_UP);
  }
  return {
    ok: true,
    value: {
      socket,
      protocol:
        socket instanceof TLSSocket && socket.alpnProtocol === "h2"
          ? "h2"
          : "http/1.1",
      ...(remoteAddress === undefined ? {} : { peerAddress: remoteAddress }),
      ...(remotePort === undefined ? {} : { peerPort: remotePort }),
      ...(run.record.tls?.version === undefined
        ? {}
        : { tlsVersion: run.record.tls.version }),
    },
  };
}

async function reachThroughProxy(
  way: ProxyWay,
  origin: Origin,
  allowHalfOpen: boolean,
  plan: DialPlan,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  // What a name means behind the proxy only the proxy knows; an address is an address.
  const literal = ipLiteral(origin.host);
  const cause = literal && context.forbidden(literal.address, origin.port);
  if (cause !== undefined) return failed({ kind: "forbidden-address", cause });
  const { host, port } = way;
  const { limits } = plan.target;
  return reachProxy({ host, port, allowHalfOpen, limits }, context, run);
}

async function secure(
  socket: Socket,
  plan: DialPlan,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  const { clock } = context;
  const phase: NonNullable<DialRun["record"]["tls"]> = {
    startedAtMs: clock.nowMs(),
  };
  run.record.tls = phase;
  run.progressed();
  const result = await tlsHandshake(socket, plan.target.origin.host, {
    clock,
    limitMs: plan.target.limits.tlsMs,
    signal: run.signal,
    trust: context.trust,
    targetTrust: plan.target.trust,
    alpn: plan.alpn,
    sessions: { kept: context.sessions, key: plan.key },
    ...(context.keyLog === undefined ? {} : { keyLog: context.keyLog }),
  });
  phase.endedAtMs = clock.nowMs();
  if (result.ok) {
    const tls = result.value;
    const issuer =
      nameLine(tls.getPeerCertificate().issuer) ??
      context.sessions.issuerOf(plan.key);
    phase.version = (tls.getProtocol() ?? "").replace("TLSv", "");
    phase.cipher = tls.getCipher().standardName;
    if (typeof tls.alpnProtocol === "string") phase.alpn = tls.alpnProtocol;
    if (issuer !== undefined) phase.issuer = issuer;
    phase.resumed = tls.isSessionReused();
  } else {
    phase.failure = result.failure;
  }
  run.progressed();
  return result;
}
