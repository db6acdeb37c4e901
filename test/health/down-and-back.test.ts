import { afterAll, beforeAll, expect, it } from "vitest";

import { startHealthMonitor } from "../../src/health/monitor.js";
import { startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";
import { realClock, testUpstream } from "../upstream/harness.js";
import { checkTerms, healthTarget, INFO } from "./harness.js";

let authority: TestAuthority;
beforeAll(() => {
  authority = makeTestAuthority();
});
afterAll(() => {
  authority.remove();
});

it("a source that goes down and comes back is seen to, each with its rule", async () => {
  const options = { authority, handler: () => INFO };
  const origin = await startOrigin(options);
  const upstream = testUpstream(authority.ca);
  const target = healthTarget(origin);
  const changes: string[] = [];
  const failures: (string | undefined)[] = [];
  const terms = checkTerms(upstream);
  const monitor = startHealthMonitor({
    clock: realClock,
    upstream,
    settings: () => ({ intervalMs: 20, timeoutMs: 5_000, failures: 2 }),
    limits: () => terms.limits,
    span: () => terms.span(),
    targets: () => [target],
    active: () => true,
    result(_target, { passed, failedAt }) {
      if (!passed) failures.push(failedAt);
    },
    changed: (_target, from, to, rule) => {
      changes.push(`${from} > ${to} by ${rule}`);
    },
  });
  const until = (name: string): Promise<unknown> =>
    waitFor(name, () => monitor.state(target.name) === name);

  monitor.wake();
  await until("healthy");
  await origin.close();
  await until("unhealthy");
  const again = await startOrigin({ ...options, port: origin.port });
  await until("healthy");
  monitor.close();
  await upstream.close(0);
  await again.close();

  expect(changes).toEqual([
    "unknown > healthy by health.passed",
    "healthy > unhealthy by health.failures",
    "unhealthy > healthy by health.passed",
  ]);
  expect(failures.length).toBeGreaterThanOrEqual(2);
  expect(failures.at(-1)).toBe("tcp");
});
