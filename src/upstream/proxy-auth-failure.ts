import type { Failure } from "../model/failure.js";
import type { Phase } from "../model/phase.js";
import type { Way } from "../model/way.js";

const MAX_NAMED = 4;

/**
 * The schemes that Proxy-Authenticate fields name (RFC 9110 §11.7.1).
 * @param values of all such fields; one may hold several challenges, which commas separate as they do parameters
 */
export function proxyChallenges(values: readonly string[]): string[] {
  const schemes = values.flatMap((value) =>
    value
      .replace(/"(?:[^"\\]|\\.)*"/g, "")
      .split(",")
      // `Basic realm=…`, `NTLM`; what is no scheme is a parameter, `name=…`.
      .map((part) => /^\s*([A-Za-z][\w-]*)(?:\s+[^\s=].*|\s*)$/.exec(part)?.[1])
      .filter((name) => name !== undefined),
  );
  return [...new Set(schemes)].slice(0, MAX_NAMED);
}

/**
 * A proxy's 407. Credentials of the way's URL are in the first request already, as Basic: there is no second one to make.
 * @param challenges the schemes that it would take
 */
export function proxyAuthFailure(
  way: Exclude<Way, { type: "direct" }>,
  challenges: readonly string[],
  phase: Phase,
): Failure {
  return {
    kind: "proxy-auth",
    phase,
    code: "407",
    cause: causeOf(way, challenges),
  };
}

function causeOf(
  { name, username }: Exclude<Way, { type: "direct" }>,
  challenges: readonly string[],
): string {
  const basic = challenges.some((one) => one.toLowerCase() === "basic");
  if (challenges.length > 0 && !basic)
    return `${name} answered 407 and takes ${challenges.join(", ")} alone, which gotap does not speak: a local proxy that does (cntlm, px) can stand between`;
  return username === undefined
    ? `${name} answered 407 and its URL has no user and password: http://USER:PASSWORD@…`
    : `${name} answered 407 to the user and password of its URL`;
}
