import type { Answer, Handler } from "./origin-answer.js";
import type { Origin } from "./origin.js";

/** How a source is lost for good, at some byte of a zip. */
export const MISFORTUNES = [
  "stall",
  "cut",
  "reset",
  "503",
  "dead host",
] as const;

export type Misfortune = (typeof MISFORTUNES)[number];

/**
 * A source that is whole but for its zips: the first request for each gets `share` of it before the misfortune strikes, every
 * later one gets the misfortune at once.
 * @param share from 0 to 1
 * @param origin the origin that answers, for its death
 */
export function struck(
  usual: (path: string) => Answer,
  kind: Misfortune,
  share: number,
  origin: () => Origin,
): Handler {
  const asked = new Set<string>();
  return async ({ path }) => {
    const answer = usual(path);
    if (!path.endsWith(".zip") || !(answer.body instanceof Uint8Array))
      return answer;
    const first = !asked.has(path);
    asked.add(path);
    const atByte = first ? Math.floor(answer.body.length * share) : 0;
    if (kind === "dead host") await origin().refuse();
    return { ...answer, ...blow(kind, atByte) };
  };
}

function blow(kind: Misfortune, atByte: number): Answer {
  switch (kind) {
    case "stall":
      return { fault: atByte === 0 ? { kind: "drop" } : { kind, atByte } };
    case "cut":
      return { fault: { kind: "truncate", atByte } };
    case "503":
      return atByte === 0
        ? { status: 503, body: "no room\n" }
        : { fault: { kind: "truncate", atByte } };
    case "reset":
    case "dead host":
      return {
        fault: { kind: "reset", atByte: atByte === 0 ? "head" : atByte },
      };
  }
}
