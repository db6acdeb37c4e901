import { parentPort, workerData } from "node:worker_threads";

import { openStore } from "../store/store.js";
import type { ToObserver } from "./messages.js";
import { startObserver } from "./observer.js";
import type { WorkerSetup } from "./worker-link.js";

// The observer's thread: nothing but the wiring of observer.ts to the message port.
const port = parentPort;
if (port === null) throw new Error("worker.js is no program of its own");
const setup = workerData as WorkerSetup;
const observer = startObserver({
  openStore: (degraded) => openStore(setup.storeFile, { degraded }),
  retention: setup.retention,
  post: (message) => port.postMessage(message),
});
port.on("message", (message: ToObserver) => observer.receive(message));
