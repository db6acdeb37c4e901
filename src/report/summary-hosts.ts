import type { PhaseTime } from "../model/phase-time.js";
import type { AttemptRecord, ExchangeRecord } from "../model/record.js";
import { shortHost } from "./request-title.js";
import { spreadOf, type Spread } from "./statistics.js";

/** What one host did for this trace; tunnels are not among them. */
export interface HostSummary {
  /** With the port where it is not the scheme's own. */
  host: string;
  /** Attempts. */
  requests: number;
  /** Body bytes received. */
  bytes: number;
  /** Connections made: the others were reused. */
  dials: number;
  /** Look-ups that gave an answer; null where there was none, and so on. */
  dns: Spread | null;
  /** Of the address that won. */
  connect: Spread | null;
  tls: Spread | null;
  /** Request written to first byte. */
  first_byte: Spread | null;
}

interface Tally {
  requests: number;
  bytes: number;
  dials: number;
  dns: number[];
  connect: number[];
  tls: number[];
  wait: number[];
}

/** By number of requests, most first. */
export function summarizeHosts(
  exchanges: readonly ExchangeRecord[],
): HostSummary[] {
  const hosts = new Map<string, Tally>();
  for (const exchange of exchanges) {
    if (exchange.via === "tunnel") continue;
    for (const attempt of exchange.attempts) {
      // Nothing was sent there.
      if (attempt.failure?.kind === "breaker-open") continue;
      const host = shortHost(attempt.scheme, attempt.host, attempt.port);
      let tally = hosts.get(host);
      if (tally === undefined) {
        tally = {
          requests: 0,
          bytes: 0,
          dials: 0,
          dns: [],
          connect: [],
          tls: [],
          wait: [],
        };
        hosts.set(host, tally);
      }
      count(tally, attempt);
    }
  }
  return [...hosts]
    .map(([host, tally]) => ({
      host,
      requests: tally.requests,
      bytes: tally.bytes,
      dials: tally.dials,
      dns: spreadOf(tally.dns),
      connect: spreadOf(tally.connect),
      tls: spreadOf(tally.tls),
      first_byte: spreadOf(tally.wait),
    }))
    .toSorted((a, b) => b.requests - a.requests);
}

function count(tally: Tally, attempt: AttemptRecord): void {
  tally.requests++;
  tally.bytes += attempt.bodyBytes;
  add(tally.wait, attempt.wait);
  const { dial } = attempt;
  if (dial === undefined) return;
  add(tally.dns, dial.dns);
  add(tally.tls, dial.tls);
  const connected = dial.connects
    .filter((one) => succeeded(one))
    .toSorted((a, b) => (a.endedAtMs ?? 0) - (b.endedAtMs ?? 0))[0];
  if (connected === undefined) return;
  tally.dials++;
  add(tally.connect, connected);
}

function add(list: number[], time: PhaseTime | undefined): void {
  if (time?.endedAtMs !== undefined && succeeded(time))
    list.push(time.endedAtMs - time.startedAtMs);
}

function succeeded(time: PhaseTime): boolean {
  return time.endedAtMs !== undefined && time.failure === undefined;
}
