import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

import type { Failure } from "../model/failure.js";
import type { UpstreamTarget } from "../model/upstream.js";
import type { Origin, Way } from "../model/way.js";
import { hostPort, ipLiteral } from "./address.js";
import { nameLine } from "./certificate-line.js";
import type { DialContext, DialRun } from "./dial-context.js";
import { proxyHandshake } from "./proxy-handshake.js";
import { reachOrigin, reachProxy } from "./reach.js";
import { failed, GIVEN_UP, type Result } from "./result.js";
import { socksHandshake } from "./socks-handshake.js";
import { tlsHandshake } from "./tls-handshake.js";

export interface DialPlan {
  target: UpstreamTarget;
  /** `tunnel`: the bytes are the client's own, no TLS of ours; the socket outlives the peer's FIN. */
  use: "http" | "tunnel";
  /** What ALPN offers for https. */
  alpn: readonly string[];
  /** Where TLS sessions of this target are kept. */
  key: string;
}

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

type ProxyWay = Exclude<Way, { type: "direct" }>;

/** Requests for plain http go through an HTTP proxy in absolute-form, without CONNECT (RFC 9112 §3.2.2; net/http does too). */
export function isForwarded(target: UpstreamTarget): boolean {
  const { type } = target.way;
  return (
    target.origin.scheme === "http" && (type === "http" || type === "https")
  );
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

async function throughProxy(
  socket: Socket,
  plan: DialPlan,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  const { target, use } = plan;
  const { origin, way, limits } = target;
  const forwarded = use === "http" && isForwarded(target);
  if (way.type === "direct" || (forwarded && way.type === "http"))
    return { ok: true, value: socket };

  const { clock } = context;
  const phase: NonNullable<DialRun["record"]["proxy"]> = {
    startedAtMs: clock.nowMs(),
    protocol: way.type,
    address: hostPort(way.host, way.port),
  };
  run.record.proxy = phase;
  run.progressed();
  const terms = { clock, signal: run.signal, limitMs: limits.proxyMs };
  const answered = (status: number): void => {
    phase.status = status;
  };
  let result: Result<Socket> = { ok: true, value: socket };
  if (way.type === "https")
    result = await secureProxy(socket, way, plan, context, run);
  if (result.ok && !forwarded)
    result =
      way.type === "socks5"
        ? await socksHandshake(result.value, way, origin, terms)
        : await proxyHandshake(result.value, way, origin, {
            ...terms,
            limitMs: left(limits.proxyMs, phase.startedAtMs, clock.nowMs()),
            answered,
          });
  phase.endedAtMs = clock.nowMs();
  if (!result.ok) {
    const { failure } = result;
    // The limit is the phase's, whichever step of it ran into it.
    if (failure.limitMs !== undefined) failure.limitMs = limits.proxyMs;
    phase.failure = failure;
  }
  run.progressed();
  return result;
}

/** TLS to the proxy itself is part of its handshake, and so are its failures and its limit. */
async function secureProxy(
  socket: Socket,
  way: ProxyWay,
  plan: DialPlan,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  const result = await tlsHandshake(socket, way.host, {
    clock: context.clock,
    limitMs: plan.target.limits.proxyMs,
    signal: run.signal,
    trust: context.trust,
    alpn: ["http/1.1"],
    ...(context.keyLog === undefined ? {} : { keyLog: context.keyLog }),
  });
  if (result.ok) return result;
  const failure: Failure = { ...result.failure, phase: "proxy" };
  if (failure.kind === "tls-timeout") failure.kind = "proxy-timeout";
  if (failure.kind === "tls-failed") failure.kind = "proxy-failed";
  failure.cause = `TLS to the proxy ${way.name}: ${failure.cause ?? failure.kind}`;
  return failed(failure);
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

/** What is left of a limit; 0 stays "no limit". */
function left(limitMs: number, sinceMs: number, nowMs: number): number {
  return limitMs === 0 ? 0 : Math.max(1, limitMs - (nowMs - sinceMs));
}
