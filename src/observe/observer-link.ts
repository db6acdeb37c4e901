import type { RecordStore, Retention } from "../store/record-store.js";
import type { FromObserver, ToObserver } from "./messages.js";
import { startObserver } from "./observer.js";

/** The way to an observer, wherever it runs. */
export interface ObserverLink {
  post(message: ToObserver): void;
  /** Whether waiting for an answer keeps the process alive. */
  keepAlive(on: boolean): void;
  /** Ends it at once; idempotent. No callback after it. */
  terminate(): void;
}

export interface LinkHandlers {
  message(message: FromObserver): void;
  /** It ended without being asked to; nothing comes after it. */
  gone(reason: string): void;
}

export type OpenLink = (handlers: LinkHandlers) => ObserverLink;

/** An observer on this very thread: where there is no worker, and in tests. Answers never come inside `post`. */
export function localLink(
  openStore: (degraded: (line: string) => void) => RecordStore,
  retention: Retention,
): OpenLink {
  return (handlers) => {
    let ended = false;
    const later = (act: () => void): void => {
      setImmediate(() => {
        if (!ended) act();
      });
    };
    const observer = startObserver({
      openStore,
      retention,
      post: (message) => later(() => handlers.message(message)),
    });
    return {
      post: (message) => later(() => observer.receive(message)),
      keepAlive() {},
      terminate() {
        ended = true;
      },
    };
  };
}
