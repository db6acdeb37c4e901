import { nearest } from "../config/nearest.js";
import { GotapError } from "../model/failure.js";
import { matchingNames } from "../policy/breaker-group.js";

/** So many names fit into a hint. */
const LISTED = 12;

/**
 * The one breaker that is meant: its name, or a beginning of it that no other has.
 * @throws GotapError NO_BREAKER, SEVERAL_BREAKERS
 */
export function chosenBreaker(typed: string, names: readonly string[]): string {
  const [first, ...more] = matchingNames(typed, names);
  if (first !== undefined && more.length === 0) return first;
  if (first !== undefined)
    throw new GotapError(
      "SEVERAL_BREAKERS",
      `${JSON.stringify(typed)} may be any of: ${listed([first, ...more])}`,
      "name one in full",
    );
  const near = nearest(typed, names);
  throw new GotapError(
    "NO_BREAKER",
    `there is no breaker ${JSON.stringify(typed)}`,
    near === undefined
      ? names.length === 0
        ? "there is none at all: the first request to an upstream makes its own"
        : `there are: ${listed(names)}`
      : `did you mean ${JSON.stringify(near)}?`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED).map((name) => JSON.stringify(name));
  const left = names.length - shown.length;
  return `${shown.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
}
