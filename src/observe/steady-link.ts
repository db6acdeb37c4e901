import type { Clock, Timer } from "../model/clock.js";
import type { Log } from "../model/log.js";
import { openMemoryStore } from "../store/memory-store.js";
import type { FromObserver, ToObserver } from "./messages.js";
import { localLink } from "./observer-link.js";
import type { LinkHandlers, ObserverLink, OpenLink } from "./observer-link.js";

/** Longer than a store that is locked by another program takes to give up (15 s). */
const ANSWER_LIMIT_MS = 60_000;

export interface SteadyHandlers {
  message(message: FromObserver): void;
  /** Another observer has taken over and knows nothing of what the one before was told and has not acknowledged. */
  renewed(): void;
}

/**
 * A link that does not end: an observer that crashes or falls silent is started again once, and then replaced by one in this
 * thread that keeps the history in memory. One line of the log each time.
 */
export class SteadyLink {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #handlers: SteadyHandlers;
  /** What to try, in this order. */
  readonly #ways: OpenLink[];
  #link: ObserverLink | undefined;
  #holds = 0;
  #answer: Timer | undefined;
  #ended = false;

  constructor(
    open: OpenLink,
    clock: Clock,
    log: Log,
    handlers: SteadyHandlers,
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#handlers = handlers;
    this.#ways = [open, open];
    this.#open();
  }

  post(message: ToObserver): void {
    try {
      this.#link?.post(message);
    } catch (error) {
      this.#replace(String(error));
    }
  }

  /** Until as many releases, the process stays alive. */
  hold(): void {
    if (this.#holds++ === 0) this.#link?.keepAlive(true);
  }

  release(): void {
    if (--this.#holds === 0) this.#link?.keepAlive(false);
  }

  /** From now on silence for too long counts as a crash; more of the same waiting does not put it off. */
  expectAnswer(): void {
    this.#answer ??= this.#clock.after(ANSWER_LIMIT_MS, () =>
      this.#replace(`no answer for ${ANSWER_LIMIT_MS / 1000} s`),
    );
  }

  /** There was an answer. */
  answered(): void {
    this.#answer?.cancel();
    this.#answer = undefined;
  }

  terminate(): void {
    this.#ended = true;
    this.answered();
    this.#link?.terminate();
  }

  #open(lastReason?: string): void {
    const open = this.#ways.shift() ?? inMemory(lastReason ?? "");
    let isCurrent = true;
    const handlers: LinkHandlers = {
      message: (message) => {
        if (isCurrent && !this.#ended) this.#handlers.message(message);
      },
      gone: (reason) => {
        if (isCurrent && !this.#ended) this.#replace(reason);
        isCurrent = false;
      },
    };
    try {
      this.#link = open(handlers);
      if (this.#holds > 0) this.#link.keepAlive(true);
    } catch (error) {
      // A thread that cannot be started. The last way, this thread, always can.
      this.#link = undefined;
      queueMicrotask(() => handlers.gone(String(error)));
    }
  }

  #replace(reason: string): void {
    this.answered();
    this.#link?.terminate();
    if (this.#ways.length > 0)
      this.#log.warn(`recording stopped and was started again: ${reason}`);
    this.#open(reason);
    this.#handlers.renewed();
  }
}

function inMemory(reason: string): OpenLink {
  return localLink(
    (degraded) => {
      degraded(
        `the history is kept in memory only: recording stopped again: ${reason}`,
      );
      return openMemoryStore();
    },
    { maxAgeMs: 0, maxBytes: 0 },
  );
}
