import type { Clock } from "../model/clock.js";
import type { Log } from "../model/log.js";
import type { Lookup } from "./resolve-name.js";

/** The numbers of the pool; every one has a default, and tests make them small. */
export interface Tuning {
  /** RFC 8305 §5 Connection Attempt Delay. */
  staggerMs: number;
  /** How long a connection without work is kept; Go's IdleConnTimeout is the same. */
  idleMs: number;
  /** HTTP/1.1 connections without work that are kept for one key. */
  maxIdlePerKey: number;
  /** A quiet HTTP/2 connection with open streams gets a PING after so long, and is dead after so long again. */
  pingMs: number;
  /** An attempt that waits so long for a stream slot makes the pool dial one more connection (Go dials at once). */
  growMs: number;
  /** HTTP/2 connections of one key. */
  maxConnectionsPerKey: number;
}

export const DEFAULT_TUNING: Tuning = {
  staggerMs: 250,
  idleMs: 90_000,
  maxIdlePerKey: 8,
  pingMs: 15_000,
  growMs: 500,
  maxConnectionsPerKey: 16,
};

export interface UpstreamOptions {
  clock: Clock;
  log: Log;
  /** `[resolve]`: lower-case host name to IP literal. */
  resolve: Readonly<Record<string, string>>;
  /** All that is trusted upstream, as PEM; a text may hold several certificates. */
  roots: { pems: readonly string[] };
  /**
   * Asked for every address before it is dialled.
   * @returns why it may not be dialled, for a person; undefined where it may
   */
  forbidden(address: string, port: number): string | undefined;
  /** getaddrinfo(3) by default. */
  lookup?: Lookup;
  /** Gets each line of an NSS key log, for Wireshark. */
  keyLog?: (line: Buffer) => void;
  tuning?: Partial<Tuning>;
}
