import type { Failure } from "../model/failure.js";
import type { SourceRole } from "../model/record.js";
import { duration } from "./failure-sentence.js";

/** One attempt whose answer go did not get. */
export interface TriedAttempt {
  /** For `offline` the cache's name. */
  host: string;
  /** `Way.name`. */
  way: string;
  /** Absent: `own`. */
  source?: SourceRole;
  failure?: Failure;
  /** What it answered. */
  status?: number;
  tookMs: number;
}

/**
 * What was tried, for a person: equal ones as one line, in the order of their first. An attempt that another one overtook says
 * nothing and is left out.
 */
export function triedLines(
  tried: readonly TriedAttempt[],
): { text: string; attempts: number }[] {
  const groups = new Map<string, TriedAttempt[]>();
  for (const attempt of tried) {
    if (attempt.failure?.kind === "overtaken") continue;
    const key = JSON.stringify([whereOf(attempt), outcomeOf(attempt)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [attempt]);
    else group.push(attempt);
  }
  return [...groups.values()].map((group) => ({
    text: lineOf(group),
    attempts: group.length,
  }));
}

function lineOf(group: readonly TriedAttempt[]): string {
  const [first] = group;
  if (first === undefined) return "";
  const times = group.length > 1 ? ` ${group.length} times` : "";
  const outcome = outcomeOf(first);
  // It was not tried at all: that took no time.
  const took = outcome === "breaker-open" ? "" : ` after ${tookText(group)}`;
  return `tried: ${whereOf(first)}${times}: ${outcome}${took}`;
}

function whereOf({ host, source, way }: TriedAttempt): string {
  if (source === "offline") return `cache ${host}`;
  const role = source === "mirror" ? "mirror " : "";
  return `${role}${host}${way === "direct" ? "" : ` through ${way}`}`;
}

/** `first-byte-timeout`; `status 503` where there was an answer and the status is all that is wrong with it. */
function outcomeOf({ failure, status }: TriedAttempt): string {
  const isAnswer =
    failure === undefined ||
    failure.kind === "server-error" ||
    failure.kind === "not-there";
  if (isAnswer && status !== undefined) return `status ${status}`;
  return failure?.kind ?? "no answer";
}

function tookText(group: readonly TriedAttempt[]): string {
  const texts = new Set(group.map(({ tookMs }) => duration(tookMs)));
  const longest = duration(Math.max(...group.map(({ tookMs }) => tookMs)));
  return texts.size > 1 ? `up to ${longest}` : longest;
}
