import { GotapError } from "../model/failure.js";
import type { ControlHandlers } from "./handlers.js";
import {
  breakerName,
  previousBundles,
  runEnd,
  runRegistration,
  stopTimeoutMs,
} from "./request-shape.js";

export interface Answer {
  status: number;
  /** Without `version`, which the server adds. */
  content: object;
  /** Done once the answer was sent, or could not be. */
  afterwards?: () => void;
}

interface Route {
  method: "GET" | "POST";
  path: RegExp;
  /** @returns undefined where there is no such thing */
  act(
    handlers: ControlHandlers,
    body: unknown,
    id: string,
  ): object | undefined | Promise<object | undefined>;
  afterwards?(handlers: ControlHandlers, body: unknown): void;
}

const ROUTES: Route[] = [
  {
    method: "GET",
    path: /^\/status$/,
    act: (handlers) => handlers.status(),
  },
  {
    method: "POST",
    path: /^\/stop$/,
    act: (_handlers, body) => ({ stopping: stopTimeoutMs(body) >= 0 }),
    // A process that stops at once would take the answer with it.
    afterwards: (handlers, body) => handlers.stop(stopTimeoutMs(body)),
  },
  {
    method: "POST",
    path: /^\/bundles$/,
    act: async (handlers, body) => ({
      files: await handlers.bundles(previousBundles(body)),
    }),
  },
  {
    method: "POST",
    path: /^\/runs$/,
    act: (handlers, body) => handlers.beginRun(runRegistration(body)),
  },
  {
    method: "POST",
    path: /^\/runs\/([\w-]+)\/end$/,
    act: (handlers, body, id) => handlers.endRun(id, runEnd(body)),
  },
  {
    method: "GET",
    path: /^\/runs\/([\w-]+)$/,
    act: (handlers, _body, id) => handlers.run(id),
  },
  {
    method: "GET",
    path: /^\/breakers$/,
    act: async (handlers) => ({ breakers: await handlers.breakers() }),
  },
  {
    method: "POST",
    path: /^\/breakers\/open$/,
    act: async (handlers, body) => ({
      breaker: await handlers.openBreaker(breakerName(body)),
    }),
  },
  {
    method: "POST",
    path: /^\/breakers\/close$/,
    act: async (handlers, body) => ({
      breaker: await handlers.closeBreaker(breakerName(body)),
    }),
  },
  {
    method: "POST",
    path: /^\/breakers\/reset$/,
    act: async (handlers) => ({ breakers: await handlers.resetBreakers() }),
  },
];

/** The answer to one request. Never throws: what a handler throws becomes a 4xx or 500. */
export async function answerTo(
  method: string,
  path: string,
  body: unknown,
  handlers: ControlHandlers,
): Promise<Answer> {
  const there = ROUTES.filter((route) => route.path.test(path));
  if (there.length === 0)
    return problem(404, "NO_ROUTE", `there is nothing at ${path}`);
  const route = there.find((candidate) => candidate.method === method);
  if (route === undefined)
    return problem(405, "METHOD", `${path} does not take ${method}`);
  try {
    const id = route.path.exec(path)?.[1] ?? "";
    const content = await route.act(handlers, body, id);
    if (content === undefined)
      return problem(404, "NO_RUN", `there is no run ${id}`);
    return {
      status: 200,
      content,
      ...(route.afterwards && {
        afterwards: () => route.afterwards?.(handlers, body),
      }),
    };
  } catch (error) {
    if (error instanceof GotapError)
      return problem(
        error.code === "BAD_REQUEST" ? 400 : 409,
        error.code,
        error.message,
        error.hint,
      );
    return problem(500, "INTERNAL", String(error));
  }
}

function problem(
  status: number,
  code: string,
  message: string,
  hint?: string,
): Answer {
  return {
    status,
    content: {
      error: { code, message, ...(hint !== undefined && { hint }) },
    },
  };
}
