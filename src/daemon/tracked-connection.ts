import type { ExchangeRecord, SessionRecord } from "../model/record.js";
import type { Identity } from "./identity.js";
import type { Run } from "./run-book.js";
import type { SessionSettings } from "./session-settings.js";

/** A connection as far as recording cares. */
export interface Tracked {
  run: Run | undefined;
  identity: Identity | undefined;
  learn: (goEnv: Readonly<Record<string, string>>) => void;
  session?: SessionRecord;
  /** Exchanges that began before it was known whose they are. */
  waiting: Set<ExchangeRecord>;
  known: boolean;
  /** Closed before it was known. */
  gone: boolean;
  /** Who waits until it is known what the client's session works with. */
  whenSettled?: { promise: Promise<void>; resolve: () => void };
}

/** Of a connection of which nothing is known yet. */
export function newTracked(): Tracked {
  return {
    run: undefined,
    identity: undefined,
    learn: () => {},
    waiting: new Set(),
    known: false,
    gone: false,
  };
}

/** Resolves when all is known that will be of the session behind a connection; undefined where it is so already. */
export function whenSettled(
  tracked: Tracked,
  settings: Pick<SessionSettings, "of">,
): Promise<void> | undefined {
  const { known, session } = tracked;
  if (known && settings.of(session?.sessionId) === undefined) return undefined;
  if (tracked.whenSettled === undefined) {
    let resolve = (): void => {};
    const promise = new Promise<void>((done) => {
      resolve = done;
    });
    tracked.whenSettled = { promise, resolve };
    if (known) settle(tracked, settings);
  }
  return tracked.whenSettled.promise;
}

/** Tells who waits, now or when the session's settings are read. Who asks later may have to wait for another session's. */
export function settle(
  tracked: Tracked,
  settings: Pick<SessionSettings, "of">,
): void {
  const { session, whenSettled: waits } = tracked;
  if (waits === undefined) return;
  const settled = (): void => {
    delete tracked.whenSettled;
    waits.resolve();
  };
  const reading = settings.of(session?.sessionId);
  if (reading === undefined) settled();
  else void reading.then(settled);
}
