import type { Clock } from "../model/clock.js";
import type { DialRecord } from "../model/record.js";
import type { Lookup } from "./resolve-name.js";
import type { TlsSessions } from "./tls-sessions.js";
import type { Trust } from "./trust.js";

/** What every dial of one upstream shares. */
export interface DialContext {
  clock: Clock;
  lookup: Lookup;
  resolve: Readonly<Record<string, string>>;
  forbidden(address: string, port: number): string | undefined;
  staggerMs: number;
  trust: Trust;
  sessions: TlsSessions;
  keyLog?: (line: Buffer) => void;
}

/** One dial under way: where its instants go, and what ends it early. */
export interface DialRun {
  record: DialRecord;
  /** After each change of `record`. */
  progressed(): void;
  signal: AbortSignal;
}
