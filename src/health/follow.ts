import type { AttemptRecord } from "../model/record.js";
import type { DialLimits, UpstreamRequest } from "../model/upstream.js";
import type { Verdict } from "./answer-verdict.js";
import { ask, type Asked, type AskTerms } from "./ask.js";
import { wasStale } from "./failed-state.js";
import type { HealthTarget, Probe } from "./health-target.js";
import { type Place, redirectOf } from "./redirect.js";

export interface CheckTerms extends AskTerms {
  /** Of a dial, which others may come to wait for: the ones that requests have, not the check's. */
  limits: DialLimits;
  /** Of the whole check. */
  timeoutMs: number;
}

/** Of a redirect, as few as any module proxy needs. */
const MAX_HOPS = 5;

/** Begins as go's own does, for servers that let nothing else in. */
const USER_AGENT = "Go-http-client/2.0 (gotap health check)";

interface Followed {
  asked: Asked;
  /** A redirect that is not followed. */
  astray?: Verdict;
}

/**
 * Asks for what the probe names, or for the base itself, and follows redirects; once where a kept connection was gone it asks again.
 * @param attempts gets each request's record
 */
export async function follow(
  target: HealthTarget,
  probe: Probe | undefined,
  terms: CheckTerms,
  attempts: AttemptRecord[],
): Promise<Followed> {
  let place: Place = {
    origin: target.origin,
    target: probe?.target ?? `${target.basePath}/`,
    hostHeader: target.hostHeader,
    ...(target.trust === undefined ? {} : { trust: target.trust }),
  };
  let redialled = false;
  for (let hop = 0; ;) {
    const { origin, trust } = place;
    const asked = await ask(
      terms,
      {
        origin,
        way: target.way,
        limits: terms.limits,
        ...(trust === undefined ? {} : { trust }),
      },
      requestFor(place, probe),
      attempts.length,
    );
    attempts.push(asked.record);
    const { cutIn, failure, head } = asked;
    if (
      failure !== undefined &&
      !redialled &&
      wasStale(asked.record, failure)
    ) {
      redialled = true;
      continue;
    }
    const broke = failure !== undefined || cutIn !== undefined;
    const next =
      broke || head === undefined ? undefined : redirectOf(head, place);
    if (next === undefined) return { asked };
    const to = next.follow ? next.place.origin.host : next.host;
    if (probe === undefined) {
      // Who has shown a certificate may point wherever it likes.
      const known = origin.scheme === "https" || to === origin.host;
      return known ? { asked } : { asked, astray: strayed(to) };
    }
    if (!next.follow) return { asked, astray: strayed(to) };
    if (++hop > MAX_HOPS) return { asked, astray: endless() };
    place = next.place;
  }
}

function strayed(host: string): Verdict {
  return {
    passed: false,
    last: "request",
    cause: `redirects to ${host === "" ? "what is no URL" : host}: captive portal?`,
  };
}

function endless(): Verdict {
  return {
    passed: false,
    last: "request",
    cause: `more than ${MAX_HOPS} redirects`,
  };
}

function requestFor(place: Place, probe: Probe | undefined): UpstreamRequest {
  return {
    method: probe === undefined ? "HEAD" : "GET",
    target: place.target,
    headers: [
      ["user-agent", USER_AGENT],
      ["accept-encoding", "identity"],
    ],
    hostHeader: place.hostHeader,
    hasBody: false,
  };
}
