import { request } from "node:http";

import type { BreakerSnapshot } from "../model/breaker.js";
import { GotapError } from "../model/failure.js";
import type {
  BreakerAnswer,
  BreakerChoice,
  BreakerList,
  BundleAnswer,
  BundleFiles,
  BundleRequest,
  ControlProblem,
  DaemonStatus,
  RunEnd,
  RunRegistration,
  RunReport,
  RunTicket,
} from "./protocol.js";
import { socketAddress } from "./socket-folder.js";

/** One running daemon, as another process talks to it. Every call is a connection of its own. */
export interface ControlClient {
  status(timeoutMs?: number): Promise<DaemonStatus>;
  /** The daemon has begun to drain; it is still there when this resolves. */
  stop(timeoutMs: number): Promise<void>;
  bundles(previous: BundleFiles): Promise<BundleFiles>;
  beginRun(registration: RunRegistration): Promise<RunTicket>;
  endRun(runId: string, end: RunEnd): Promise<RunReport>;
  run(runId: string): Promise<RunReport>;
  breakers(): Promise<BreakerSnapshot[]>;
  openBreaker(name: string): Promise<BreakerSnapshot>;
  closeBreaker(name: string): Promise<BreakerSnapshot>;
  resetBreakers(): Promise<BreakerSnapshot[]>;
}

/** A daemon answers from memory; longer than this it hangs. */
const ANSWER_MS = 3000;
/** A run's report waits for its last records. */
const REPORT_MS = 30_000;
/** 100,000 requests of a run are about 60 MB of JSON. */
const LONGEST_ANSWER_BYTES = 256 << 20;

/**
 * Each call throws GotapError: CONTROL_GONE where nobody listens, CONTROL_SILENT after the time limit, CONTROL_ANSWER for
 * what is no answer of gotap; and the daemon's own code for what it refuses.
 */
export function controlClient(socketFile: string): ControlClient {
  const ask = <T>(
    method: string,
    path: string,
    body?: object,
    timeoutMs = ANSWER_MS,
  ) => exchange(socketFile, { method, path, body, timeoutMs }) as Promise<T>;
  const choose = async (action: "open" | "close", name: string) => {
    const choice: BreakerChoice = { name };
    const path = `/breakers/${action}`;
    return (await ask<BreakerAnswer>("POST", path, choice)).breaker;
  };
  const runPath = (runId: string) => `/runs/${encodeURIComponent(runId)}`;
  return {
    status: (timeoutMs) =>
      ask<DaemonStatus>("GET", "/status", undefined, timeoutMs),
    stop: async (timeoutMs) => {
      await ask("POST", "/stop", { timeoutMs });
    },
    bundles: async (previous) => {
      const question: BundleRequest = { previous };
      return (await ask<BundleAnswer>("POST", "/bundles", question)).files;
    },
    beginRun: (registration) =>
      ask<RunTicket>("POST", "/runs", registration, REPORT_MS),
    endRun: (runId, end) =>
      ask<RunReport>("POST", `${runPath(runId)}/end`, end, REPORT_MS),
    run: (runId) => ask<RunReport>("GET", runPath(runId), undefined, REPORT_MS),
    breakers: async () => (await ask<BreakerList>("GET", "/breakers")).breakers,
    openBreaker: (name) => choose("open", name),
    closeBreaker: (name) => choose("close", name),
    resetBreakers: async () =>
      (await ask<BreakerList>("POST", "/breakers/reset")).breakers,
  };
}

interface Question {
  method: string;
  path: string;
  body: object | undefined;
  timeoutMs: number;
}

async function exchange(
  socketFile: string,
  question: Question,
): Promise<unknown> {
  const { status, text } = await send(socketFile, question);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw new GotapError(
      "CONTROL_ANSWER",
      `what listens on ${socketFile} gave no JSON`,
      undefined,
      1,
      { cause: error },
    );
  }
  if (status === 200) return answer;
  const error = (answer as Partial<ControlProblem> | null)?.error;
  throw new GotapError(
    error?.code ?? "CONTROL_ANSWER",
    error?.message ?? `${question.path} was answered with ${status}`,
    error?.hint,
  );
}

function send(
  socketFile: string,
  { method, path, body, timeoutMs }: Question,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: Error) =>
      reject(unreachable(socketFile, signal.aborted, timeoutMs, error));
    const sent = request(
      {
        socketPath: socketAddress(socketFile),
        method,
        path,
        signal,
        agent: false,
        headers: { host: "gotap", "content-type": "application/json" },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > LONGEST_ANSWER_BYTES)
            sent.destroy(new Error("the answer is too long"));
          else chunks.push(chunk);
        });
        response.on("error", fail);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({ status: response.statusCode ?? 0, text });
        });
      },
    );
    sent.on("error", fail);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function unreachable(
  socketFile: string,
  isLate: boolean,
  timeoutMs: number,
  error: Error,
): GotapError {
  return isLate
    ? new GotapError(
        "CONTROL_SILENT",
        `the gotap behind ${socketFile} gave no answer for ${timeoutMs / 1000} s`,
        undefined,
        1,
        { cause: error },
      )
    : new GotapError(
        "CONTROL_GONE",
        `no gotap answers on ${socketFile}: ${error.message}`,
        undefined,
        1,
        { cause: error },
      );
}
