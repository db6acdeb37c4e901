import { createHash } from "node:crypto";

import type { Answer, Fault, Handler, OriginRequest } from "./origin-answer.js";

/** One line of an origin's script: which requests it is about, and what becomes of them. */
export interface Cue {
  path: RegExp;
  /** The how manieth request for one path, from 1: exactly this one, or from the first to the last of two. All of them by default. */
  nth?: number | readonly [from: number, to: number];
  /** Instead of the usual answer; what it does not name stays as it is. */
  answer: Answer | ((usual: Answer, request: OriginRequest) => Answer);
}

/** Counts the requests for each path. */
function counter(): (path: string) => number {
  const counts = new Map<string, number>();
  return (path) => {
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    return count;
  };
}

/** Answers as `usual` does, but for the requests that a cue names; the first cue that fits counts. */
export function scripted(
  usual: (path: string) => Answer,
  cues: readonly Cue[],
): Handler {
  const count = counter();
  return (request) => {
    const nth = count(request.path);
    const answer = usual(request.path);
    const cue = cues.find(
      (one) => one.path.test(request.path) && within(nth, one.nth),
    );
    if (cue === undefined) return answer;
    return typeof cue.answer === "function"
      ? cue.answer(answer, request)
      : { ...answer, ...cue.answer };
  };
}

function within(nth: number, wanted: Cue["nth"]): boolean {
  if (wanted === undefined) return true;
  const [from, to] = typeof wanted === "number" ? [wanted, wanted] : wanted;
  return nth >= from && nth <= to;
}

/**
 * Fails this share of its requests. Which ones follows from the seed, the path and how often the path was asked for, not from
 * the order in which a crowd arrives; one path never fails more than `inARow` times in a row.
 */
export function flaky(
  usual: (path: string) => Answer,
  options: { seed: string; share: number; inARow: number },
): Handler {
  const count = counter();
  const row = new Map<string, number>();
  return ({ path }) => {
    const answer = usual(path);
    const [chance, choice] = draw(`${options.seed}/${path}/${count(path)}`);
    const failed = row.get(path) ?? 0;
    const fails = chance < options.share && failed < options.inARow;
    row.set(path, fails ? failed + 1 : 0);
    return fails ? { ...answer, ...mishap(choice, lengthOf(answer)) } : answer;
  };
}

/** Two numbers of [0, 1). */
function draw(seed: string): [number, number] {
  const digest = createHash("sha256").update(seed).digest();
  return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
}

/**
 * Silence costs a client its limit, so it is the rarest. Streams are reset, not connections: those would take other requests
 * with them, and the share would be another one.
 */
function mishap(choice: number, length: number): Answer {
  const fault = (one: Fault): Answer => ({ fault: one });
  const half = Math.floor(length / 2);
  if (choice < 0.03) return fault({ kind: "drop" });
  if (choice < 0.06) return fault({ kind: "stall", atByte: half });
  if (choice < 0.25) return fault({ kind: "rst-stream", atByte: 0, code: 2 });
  if (choice < 0.4) return fault({ kind: "truncate", atByte: half });
  if (choice < 0.55)
    return fault({ kind: "rst-stream", atByte: half, code: 2 });
  if (choice < 0.7) return { status: 429, body: "slow down\n" };
  return { status: 503, body: "no room\n" };
}

function lengthOf(answer: Answer): number {
  return typeof answer.body === "string" || answer.body instanceof Uint8Array
    ? answer.body.length
    : 0;
}
