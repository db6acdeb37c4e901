import type { Socket } from "node:net";

import type { Failure } from "../model/failure.js";
import { hostPort } from "./address.js";
import type { DialContext, DialRun } from "./dial-context.js";
import { type DialPlan, isForwarded, type ProxyWay } from "./dial-plan.js";
import { proxyHandshake } from "./proxy-handshake.js";
import { failed, type Result } from "./result.js";
import { socksHandshake } from "./socks-handshake.js";
import { tlsHandshake } from "./tls-handshake.js";

/**
 * The proxy's part of a dial, timed as the phase `proxy`: TLS to the proxy where it speaks that, then CONNECT or SOCKS. Nothing
 * happens, and the phase is absent, for a direct way and for plain http that an HTTP proxy forwards.
 */
export async function throughProxy(
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

/** What is left of a limit; 0 stays "no limit". */
function left(limitMs: number, sinceMs: number, nowMs: number): number {
  return limitMs === 0 ? 0 : Math.max(1, limitMs - (nowMs - sinceMs));
}
