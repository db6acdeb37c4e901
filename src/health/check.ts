import { classify } from "../classify/classify.js";
import type { Failure } from "../model/failure.js";
import type { AttemptRecord } from "../model/record.js";
import type { DialLimits, UpstreamRequest } from "../model/upstream.js";
import { judgeAnswer, type Verdict } from "./answer-verdict.js";
import { ask, type Asked, type AskTerms } from "./ask.js";
import { checkSteps } from "./check-steps.js";
import { failedState, wasStale } from "./failed-state.js";
import type { HealthResult, HealthTarget, Probe } from "./health-target.js";
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

/** golang.org/x/mod/module: CanonicalVersion gives these back as they are. */
const CANONICAL = /^v\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+incompatible)?$/;

/**
 * Checks one target once: DNS, TCP with TLS, request, JSON, Version. It asks for what the target's probe names and nothing
 * else, without credentials, over the pool that requests use: a kept connection is asked on as it is.
 * @returns undefined where nothing can be said of the target: the signal came, or gotap itself is stopping. Never rejects
 */
export async function checkHealth(
  target: HealthTarget,
  terms: CheckTerms,
): Promise<HealthResult | undefined> {
  const { clock, signal, timeoutMs } = terms;
  const startedAtMs = clock.nowMs();
  const limit = new AbortController();
  const forward = (): void => limit.abort();
  signal.addEventListener("abort", forward);
  if (signal.aborted) forward();
  const timer = clock.after(timeoutMs, forward);
  const attempts: AttemptRecord[] = [];
  const probe = target.probe();
  try {
    const { asked, place, astray } = await follow(
      target,
      probe,
      { ...terms, signal: limit.signal },
      attempts,
    );
    if (signal.aborted) return undefined;
    const failure = failureOf(asked, timeoutMs);
    const verdict =
      failure === undefined
        ? (astray ?? judged(asked, probe, place))
        : failedBy(failure);
    if (verdict === undefined) return undefined;
    const { passed, last, cause } = verdict;
    return {
      passed,
      ...(passed ? {} : { failedAt: last }),
      ...(cause === undefined ? {} : { cause }),
      ...(failure === undefined ? {} : { failure }),
      steps: checkSteps(asked.record, last, passed),
      tookMs: Math.round((clock.nowMs() - startedAtMs) * 1000) / 1000,
      attempts,
    };
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", forward);
  }
}

interface Followed {
  asked: Asked;
  place: Place;
  /** A redirect that is not followed. */
  astray?: Verdict;
}

async function follow(
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
    const { failure, head } = asked;
    if (
      failure !== undefined &&
      !redialled &&
      wasStale(asked.record, failure)
    ) {
      redialled = true;
      continue;
    }
    const next = head === undefined ? undefined : redirectOf(head, place);
    if (next === undefined || failure !== undefined) return { asked, place };
    const host = next.follow ? next.place.hostHeader : next.host;
    if (probe === undefined) {
      // Who has shown a certificate may point wherever it likes.
      const own = host.replace(/:\d+$/, "") === origin.host;
      if (origin.scheme === "https" || own) return { asked, place };
      return { asked, place, astray: strayed(host) };
    }
    if (!next.follow) return { asked, place, astray: strayed(host) };
    if (++hop > MAX_HOPS)
      return {
        asked,
        place,
        astray: { ...strayed(host), cause: `more than ${MAX_HOPS} redirects` },
      };
    place = next.place;
  }
}

function strayed(host: string): Verdict & { passed: false } {
  return {
    passed: false,
    last: "request",
    cause: `redirects to ${host === "" ? "what is no URL" : host}: captive portal?`,
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

function failureOf(asked: Asked, timeoutMs: number): Failure | undefined {
  const { cutIn, failure } = asked;
  if (cutIn === undefined) return failure;
  return {
    kind: "total-timeout",
    phase: cutIn,
    limitMs: timeoutMs,
    cause: `not done within ${timeoutMs / 1000} s, phase ${cutIn}`,
  };
}

function failedBy(failure: Failure): Verdict | undefined {
  const last = failedState(failure);
  if (last === undefined) return undefined;
  const { kind, cause, code } = failure;
  return {
    passed: false,
    last,
    cause: `${kind}: ${cause ?? code ?? "no more is known"}`,
  };
}

function judged(
  asked: Asked,
  probe: Probe | undefined,
  place: Place,
): Verdict | undefined {
  const { head, body, whole } = asked;
  if (head === undefined) return undefined;
  return judgeAnswer(
    { head, text: body.toString(), whole },
    probe?.expects,
    probe === undefined ? undefined : versionIn(probe.target, place),
  );
}

/** The canonical version that an `.info` is asked for: the answer must name it. */
function versionIn(target: string, { origin }: Place): string | undefined {
  const { kind, moduleVersion } = classify({
    method: "GET",
    ...origin,
    target,
    bases: [],
  });
  const named = kind === "info" || kind === "toolchain";
  return named && moduleVersion !== undefined && CANONICAL.test(moduleVersion)
    ? moduleVersion
    : undefined;
}
