import { Worker } from "node:worker_threads";

import type { Retention } from "../store/record-store.js";
import type { FromObserver } from "./messages.js";
import type { OpenLink } from "./observer-link.js";

/** What the worker is started with. */
export interface WorkerSetup {
  storeFile: string;
  retention: Retention;
}

/** Enough for a batch and a trace of 100,000 spans; a leak ends the worker and not the daemon. */
const WORKER_HEAP_MB = 256;
/** Records live for one batch; the default of 48 MB would be filled before it is first cleared. */
const WORKER_YOUNG_MB = 6;

/** An observer in a thread of its own, beside this file. */
export function workerLink(
  setup: WorkerSetup,
  entry: URL = new URL("./worker.js", import.meta.url),
): OpenLink {
  return (handlers) => {
    const worker = new Worker(entry, {
      name: "gotap-observer",
      workerData: setup,
      // The proxy's own flags (a small young generation, a debugger) are not meant for it.
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: WORKER_HEAP_MB,
        maxYoungGenerationSizeMb: WORKER_YOUNG_MB,
      },
    });
    let ended = false;
    const gone = (reason: string): void => {
      if (ended) return;
      ended = true;
      handlers.gone(reason);
    };
    worker.on("message", (message: FromObserver) => {
      if (!ended) handlers.message(message);
    });
    worker.on("messageerror", (error) => gone(error.message));
    worker.on("error", (error) => gone(error.message));
    worker.on("exit", (code) => gone(`exit code ${code}`));
    // The data thread alone decides how long the process lives.
    worker.unref();
    return {
      post: (message) => worker.postMessage(message),
      keepAlive: (on) => (on ? worker.ref() : worker.unref()),
      terminate() {
        ended = true;
        void worker.terminate();
      },
    };
  };
}
