import type { Socket } from "node:net";

import type { Failure } from "../model/failure.js";
import type { DialLimits } from "../model/upstream.js";
import { type Address, hostPort, ipLiteral } from "./address.js";
import { connectRace } from "./connect-race.js";
import type { DialContext, DialRun } from "./dial-context.js";
import { resolveName } from "./resolve-name.js";
import { failed, type Result, success } from "./result.js";

export interface Place {
  host: string;
  port: number;
  allowHalfOpen: boolean;
  limits: DialLimits;
}

/**
 * A TCP connection to the origin itself: `dns` where a name has to be looked up, then one `connect` for each address tried.
 * @returns a connected socket; its errors are heard
 */
export async function reachOrigin(
  place: Place,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  const known = knownAddress(place.host, context);
  let found: Result<Address[]>;
  if (known === undefined) {
    const dns: NonNullable<DialRun["record"]["dns"]> = {
      startedAtMs: context.clock.nowMs(),
    };
    run.record.dns = dns;
    run.progressed();
    found = await lookUp(place, context, run);
    dns.endedAtMs = context.clock.nowMs();
    if (found.ok) dns.addresses = found.value.map((one) => one.address);
    const refused = found.ok && forbiddenAmong(found.value, place, context);
    if (refused) found = failed({ ...refused, phase: "dns" });
    if (!found.ok) dns.failure = found.failure;
    run.progressed();
  } else {
    const refused = forbiddenAmong([known], place, context);
    found = refused === undefined ? success([known]) : failed(refused);
  }
  if (!found.ok) return found;
  return race(found.value, place, context, run);
}

/**
 * A TCP connection to an upstream proxy. `dns` is about the origin, whose name the proxy resolves, and is absent: looking up
 * the proxy's own name is part of its first `connect`. A proxy that is gotap itself would be asked for ever.
 */
export async function reachProxy(
  place: Place,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  const known = knownAddress(place.host, context);
  if (known !== undefined) {
    const refused = forbiddenProxy([known], place, context);
    if (refused !== undefined) return failed(refused);
    return race([known], place, context, run);
  }
  const startedAtMs = context.clock.nowMs();
  const looking: DialRun["record"]["connects"][number] = {
    startedAtMs,
    address: place.host,
    port: place.port,
  };
  run.record.connects.push(looking);
  run.progressed();
  let found = await lookUp(place, context, run);
  const refused = found.ok && forbiddenProxy(found.value, place, context);
  if (refused) found = failed(refused);
  if (found.ok) {
    // The race's first entry takes this one's place, and its start.
    run.record.connects.splice(0);
    const racing = race(found.value, place, context, run);
    const [first] = run.record.connects;
    if (first !== undefined) first.startedAtMs = startedAtMs;
    return racing;
  }
  const failure: Failure = { ...found.failure, phase: "connect" };
  looking.endedAtMs = context.clock.nowMs();
  looking.failure = failure;
  run.progressed();
  return failed(failure);
}

function knownAddress(host: string, context: DialContext): Address | undefined {
  return ipLiteral(context.resolve[host.toLowerCase()] ?? host);
}

function lookUp(
  place: Place,
  context: DialContext,
  run: DialRun,
): Promise<Result<Address[]>> {
  const { clock, lookup } = context;
  const { signal } = run;
  return resolveName(
    { clock, lookup, signal, limitMs: place.limits.dnsMs },
    place.host,
  );
}

function race(
  addresses: readonly Address[],
  place: Place,
  context: DialContext,
  run: DialRun,
): Promise<Result<Socket>> {
  return connectRace(addresses, place.port, {
    clock: context.clock,
    staggerMs: context.staggerMs,
    limitMs: place.limits.connectMs,
    allowHalfOpen: place.allowHalfOpen,
    signal: run.signal,
    entries: run.record.connects,
    progressed: () => {
      run.progressed();
    },
  });
}

function forbiddenProxy(
  addresses: readonly Address[],
  place: Place,
  context: DialContext,
): Failure | undefined {
  const refused = forbiddenAmong(addresses, place, context);
  if (refused === undefined) return undefined;
  const cause = `the proxy ${hostPort(place.host, place.port)} is ${refused.cause ?? ""}`;
  return { kind: "proxy-failed", phase: "connect", code: "FORBIDDEN", cause };
}

/** One bad address spoils them all: a name that also points inside is an attack (DNS rebinding) or a mistake. */
function forbiddenAmong(
  addresses: readonly Address[],
  place: Place,
  context: DialContext,
): Failure | undefined {
  for (const { address } of addresses) {
    const cause = context.forbidden(address, place.port);
    if (cause !== undefined) return { kind: "forbidden-address", cause };
  }
  return undefined;
}
