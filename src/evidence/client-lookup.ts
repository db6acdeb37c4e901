import { Worker } from "node:worker_threads";

import {
  type ClientAddress,
  type ClientProcess,
  findClientProcess,
  findClientSocket,
} from "./client-process.js";
import type { SocketRow } from "./proc-net.js";

/** Finds out who a client is, off the data thread. Nothing here rejects: what cannot be found is undefined. */
export interface ClientLookup {
  socket(connection: ClientAddress): Promise<SocketRow | undefined>;
  process(
    socket: SocketRow,
    rootPid?: number,
  ): Promise<ClientProcess | undefined>;
  close(): void;
}

/** What the thread is asked, in order, and answers in the same order. */
export type Question =
  | { id: number; connection: ClientAddress }
  | { id: number; socket: SocketRow; rootPid: number | undefined };

export interface Answer {
  id: number;
  found: SocketRow | ClientProcess | undefined;
}

export function answerQuestion(question: Question): Answer {
  const found =
    "connection" in question
      ? findClientSocket(question.connection)
      : findClientProcess(question.socket, question.rootPid);
  return { id: question.id, found };
}

/** In a thread of its own on Linux; elsewhere there is no /proc to look into. */
export function startClientLookup(): ClientLookup {
  if (process.platform !== "linux") return NOWHERE;
  // Node.js 20 cannot run a worker from TypeScript, which is what vitest runs us from.
  return import.meta.url.endsWith(".ts") ? HERE : new ThreadLookup();
}

/** On this thread: a connection costs it some milliseconds. */
const HERE: ClientLookup = {
  socket: async (connection) => findClientSocket(connection),
  process: async (socket, rootPid) => findClientProcess(socket, rootPid),
  close() {},
};

const NOWHERE: ClientLookup = {
  socket: async () => undefined,
  process: async () => undefined,
  close() {},
};

/** Records of one look-up live for a moment. */
const YOUNG_MB = 2;
const HEAP_MB = 64;

class ThreadLookup implements ClientLookup {
  readonly #worker: Worker;
  readonly #waiting = new Map<
    number,
    { question: Question; resolve: (answer: Answer["found"]) => void }
  >();
  #ids = 0;
  #gone = false;

  /** At once: a short go command is over before a thread that starts with its first question could answer. */
  constructor() {
    this.#worker = this.#started();
  }

  #started(): Worker {
    const worker = new Worker(new URL("./lookup-worker.js", import.meta.url), {
      name: "gotap-lookup",
      execArgv: [],
      resourceLimits: {
        maxOldGenerationSizeMb: HEAP_MB,
        maxYoungGenerationSizeMb: YOUNG_MB,
      },
    });
    worker.on("message", ({ id, found }: Answer) => {
      this.#waiting.get(id)?.resolve(found);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on("error", () => this.#died());
    worker.on("exit", () => this.#died());
    worker.unref();
    return worker;
  }

  socket(connection: ClientAddress): Promise<SocketRow | undefined> {
    if (this.#gone) return HERE.socket(connection);
    const { remoteAddress, remotePort, localPort } = connection;
    return this.#ask((id) => ({
      id,
      connection: { remoteAddress, remotePort, localPort },
    })) as Promise<SocketRow | undefined>;
  }

  process(
    socket: SocketRow,
    rootPid?: number,
  ): Promise<ClientProcess | undefined> {
    if (this.#gone) return HERE.process(socket, rootPid);
    return this.#ask((id) => ({ id, socket, rootPid })) as Promise<
      ClientProcess | undefined
    >;
  }

  /** Who still waits learns nothing. */
  close(): void {
    this.#gone = true;
    for (const { resolve } of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
    void this.#worker.terminate();
  }

  #ask(question: (id: number) => Question): Promise<Answer["found"]> {
    return new Promise((resolve) => {
      const id = ++this.#ids;
      const asked = question(id);
      // Somebody waits: the process must not end before the answer.
      const worker = this.#worker;
      if (this.#waiting.size === 0) worker.ref();
      this.#waiting.set(id, { question: asked, resolve });
      worker.postMessage(asked);
    });
  }

  /** A thread that died takes nobody with it: who waits is served here, as are all that come later. */
  #died(): void {
    this.#gone = true;
    const left = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { question, resolve } of left)
      resolve(answerQuestion(question).found);
  }
}
