import type { BreakerSnapshot } from "../model/breaker.js";
import type {
  BundleFiles,
  DaemonStatus,
  RunEnd,
  RunRegistration,
  RunReport,
  RunTicket,
} from "./protocol.js";

type Awaitable<T> = T | Promise<T>;

/**
 * What the process behind a control socket does. A GotapError that is thrown is told to the caller with its code; anything
 * else is answered with 500 and leaves the process alive.
 */
export interface ControlHandlers {
  status(): Awaitable<DaemonStatus>;
  /** Begins to drain and returns. Called after the answer was sent, so nobody is there to be told: it does not throw. */
  stop(timeoutMs: number): void;
  /** Writes merged bundles and names them. `previous` holds absolute file names. */
  bundles(previous: BundleFiles): Awaitable<BundleFiles>;
  beginRun(registration: RunRegistration): Awaitable<RunTicket>;
  /** Undefined: there is no such run. Ending a run twice gives the same report. */
  endRun(runId: string, end: RunEnd): Awaitable<RunReport | undefined>;
  run(runId: string): Awaitable<RunReport | undefined>;
  /** By name. */
  breakers(): Awaitable<BreakerSnapshot[]>;
  /** By hand: it lets nothing through until it is closed by hand. @throws GotapError NO_BREAKER, SEVERAL_BREAKERS */
  openBreaker(name: string): Awaitable<BreakerSnapshot>;
  closeBreaker(name: string): Awaitable<BreakerSnapshot>;
  /** Closes all; gives them back. */
  resetBreakers(): Awaitable<BreakerSnapshot[]>;
}
