import { classify } from "../classify/classify.js";
import type { Failure } from "../model/failure.js";
import type { AttemptRecord } from "../model/record.js";
import type { Origin } from "../model/way.js";
import { judgeAnswer, type Verdict } from "./answer-verdict.js";
import type { Asked } from "./ask.js";
import { checkSteps } from "./check-steps.js";
import { failedState } from "./failed-state.js";
import { type CheckTerms, follow } from "./follow.js";
import type { HealthResult, HealthTarget, Probe } from "./health-target.js";

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
    const { asked, astray } = await follow(
      target,
      probe,
      { ...terms, signal: limit.signal },
      attempts,
    );
    if (signal.aborted) return undefined;
    const failure = failureOf(asked, timeoutMs);
    const verdict =
      failure === undefined
        ? (astray ?? judged(asked, probe, target.origin))
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
  origin: Origin,
): Verdict | undefined {
  const { head, body, whole } = asked;
  if (head === undefined) return undefined;
  return judgeAnswer(
    { head, text: body.toString(), whole },
    probe?.expects,
    probe === undefined ? undefined : versionIn(probe.target, origin),
  );
}

/** The canonical version that an `.info` is asked for: the answer must name it. */
function versionIn(target: string, origin: Origin): string | undefined {
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
