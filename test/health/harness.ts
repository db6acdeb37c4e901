import { checkHealth } from "../../src/health/check.js";
import type { CheckTerms } from "../../src/health/follow.js";
import type {
  CheckStep,
  HealthResult,
  HealthTarget,
} from "../../src/health/health-target.js";
import type { Upstream } from "../../src/model/upstream.js";
import { DIRECT } from "../../src/model/way.js";
import type { Answer } from "../support/origin-answer.js";
import type { Origin } from "../support/origin.js";
import { realClock } from "../upstream/harness.js";

export const INFO_PATH = "/base/example.com/m/@v/v1.2.3.info";

export const INFO: Answer = {
  headers: { "content-type": "application/json" },
  body: '{"Version":"v1.2.3","Time":"2026-01-01T00:00:00Z"}',
};

export function healthTarget(
  at: Pick<Origin, "scheme" | "port"> & { host?: string },
  more: Partial<HealthTarget> = {},
): HealthTarget {
  const { scheme, port, host = "127.0.0.1" } = at;
  return {
    name: `${host}:${port} modules`,
    origin: { scheme, host, port },
    basePath: "/base",
    hostHeader: `${host}:${port}`,
    way: DIRECT,
    probe: () => ({ target: INFO_PATH, expects: "info" }),
    ...more,
  };
}

let spans = 0;

/** @throws Error where the check said nothing */
export async function checked(
  upstream: Upstream,
  target: HealthTarget,
  more: Partial<CheckTerms> = {},
): Promise<HealthResult> {
  const result = await checkHealth(target, checkTerms(upstream, more));
  if (result === undefined) throw new Error("the check said nothing");
  return result;
}

export function checkTerms(
  upstream: Upstream,
  more: Partial<CheckTerms> = {},
): CheckTerms {
  return {
    clock: realClock,
    upstream,
    limits: { dnsMs: 0, connectMs: 0, proxyMs: 0, tlsMs: 0 },
    timeoutMs: 10_000,
    span: () => ({
      traceId: "0".repeat(32),
      spanId: String(++spans).padStart(16, "0"),
    }),
    signal: new AbortController().signal,
    ...more,
  };
}

/** `dns:passed tcp:passed …` */
export function shape(steps: readonly CheckStep[]): string {
  return steps.map((one) => `${one.state}:${one.verdict}`).join(" ");
}
