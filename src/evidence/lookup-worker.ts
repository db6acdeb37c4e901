import { parentPort } from "node:worker_threads";

import { answerQuestion, type Question } from "./client-lookup.js";

// The look-up's thread: /proc is read synchronously here, and nobody else waits for it.
parentPort?.on("message", (question: Question) => {
  parentPort?.postMessage(answerQuestion(question));
});
