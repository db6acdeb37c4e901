import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { checkHealth } from "../../src/health/check.js";
import type { Upstream } from "../../src/model/upstream.js";
import { type Answer, NOT_FOUND } from "../support/origin-answer.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { SOON, testUpstream } from "../upstream/harness.js";
import { httpProxy, socksProxy } from "../upstream/test-proxies.js";
import {
  checked,
  checkTerms,
  healthTarget,
  INFO,
  INFO_PATH,
  shape,
} from "./harness.js";

const PORTAL: Answer = {
  headers: { "content-type": "text/html" },
  body: "<!DOCTYPE html><title>Welcome to the hotel</title>",
};

/** For what must run into it. */
const SHORT_MS = 150;

let authority: TestAuthority;
let origin: Origin;
let upstream: Upstream;

beforeAll(async () => {
  authority = makeTestAuthority();
  origin = await startOrigin({ authority, handler: () => INFO });
});
afterAll(async () => {
  await origin.close();
  authority.remove();
});
afterEach(async () => {
  await upstream.close(0);
  origin.handler = () => INFO;
  origin.connectionFault = undefined;
  origin.clear();
});

async function answering(answer: Answer, timeoutMs = 10_000) {
  upstream = testUpstream(authority.ca);
  origin.handler = () => answer;
  return checked(upstream, healthTarget(origin), { timeoutMs });
}

describe("a check that passes", () => {
  it("tells the time of DNS, TCP with TLS, request and body", async () => {
    upstream = testUpstream(authority.ca);
    const target = healthTarget({ ...origin, host: "localhost" });
    const result = await checked(upstream, target);
    expect(result).toMatchObject({ passed: true });
    expect(result.failedAt).toBeUndefined();
    expect(shape(result.steps)).toBe(
      "dns:passed tcp:passed request:passed json:passed version:passed",
    );
    const [dns, tcp, request, json] = result.steps.map((one) => one.tookMs);
    for (const took of [dns, request, json])
      expect(took).toBeGreaterThanOrEqual(0);
    expect(tcp).toBeGreaterThan(0);
    expect(result.tookMs).toBeGreaterThan(tcp ?? Infinity);
    expect(result.attempts[0]?.endedAtMs).toBeDefined();
  });

  it("asks for what it was given and carries no credentials", async () => {
    await answering(INFO);
    const [asked] = origin.requests;
    expect(origin.requests).toHaveLength(1);
    expect(asked).toMatchObject({ method: "GET", path: INFO_PATH });
    const names = Object.keys(asked?.headers ?? {}).filter(
      (name) => !name.startsWith(":"),
    );
    expect(names.toSorted()).toEqual(["accept-encoding", "user-agent"]);
  });

  it("takes a kept connection as it is", async () => {
    upstream = testUpstream(authority.ca);
    const target = healthTarget(origin);
    await checked(upstream, target);
    const result = await checked(upstream, target);
    expect(shape(result.steps)).toBe(
      "dns:skipped tcp:skipped request:passed json:passed version:passed",
    );
    expect(new Set(origin.requests.map((one) => one.connectionId)).size).toBe(
      1,
    );
  });

  it("dials anew where the kept connection was gone", async () => {
    const http1 = await startOrigin({
      authority,
      protocols: ["http/1.1"],
      handler: () => INFO,
    });
    upstream = testUpstream(authority.ca);
    const target = healthTarget(http1);
    await checked(upstream, target);
    const first = http1.requests[0]?.connectionId;
    http1.handler = ({ connectionId }) =>
      connectionId === first
        ? { fault: { kind: "reset", atByte: "head" } }
        : INFO;
    const result = await checked(upstream, target);
    expect(result.passed).toBe(true);
    expect(result.attempts.map((one) => one.failure?.kind)).toEqual([
      "reset",
      undefined,
    ]);
    await http1.close();
  });

  it.each([
    ["a 404 of a module proxy", NOT_FOUND, "alive, but answered 404"],
    [
      "a 401, as a check carries no credentials",
      { ...PORTAL, status: 401 },
      "alive, but answered 401: a check carries no credentials",
    ],
  ])("says alive to %s", async (_name, answer, cause) => {
    const result = await answering(answer);
    expect(result).toMatchObject({ passed: true, cause });
    expect(shape(result.steps)).toMatch(/request:passed json:\w+ version/);
  });

  it("goes through an HTTP proxy and through SOCKS", async () => {
    upstream = testUpstream(authority.ca);
    const http = await httpProxy();
    const socks = await socksProxy();
    for (const proxy of [http, socks]) {
      const result = await checked(
        upstream,
        healthTarget(origin, { way: proxy.way() }),
      );
      expect(result.passed).toBe(true);
      expect(proxy.asked.join("\n")).toContain(`127.0.0.1:${origin.port}`);
      proxy.close();
    }
  });
});

describe("a check fails at", () => {
  it("dns, where there is no such name, and where nobody answers", async () => {
    upstream = testUpstream(authority.ca, {
      lookup: () =>
        Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
    });
    const target = healthTarget({ ...origin, host: "goproxy.test" });
    const missing = await checked(upstream, target);
    expect(missing).toMatchObject({
      passed: false,
      failedAt: "dns",
      cause: "dns-failure: there is no host goproxy.test",
    });
    expect(shape(missing.steps)).toBe(
      "dns:failed tcp:skipped request:skipped json:skipped version:skipped",
    );
    await upstream.close(0);
    upstream = testUpstream(authority.ca, {
      lookup: () => new Promise(() => {}),
    });
    expect(
      await checked(upstream, target, { timeoutMs: SHORT_MS }),
    ).toMatchObject({
      failedAt: "dns",
      failure: { kind: "total-timeout", phase: "dns", limitMs: SHORT_MS },
    });
  });

  it("tcp, where nobody listens", async () => {
    upstream = testUpstream(authority.ca);
    const gone = await startOrigin({ authority, handler: () => INFO });
    await gone.close();
    const result = await checked(upstream, healthTarget(gone));
    expect(result).toMatchObject({
      failedAt: "tcp",
      failure: { kind: "connect-refused" },
    });
    expect(shape(result.steps)).toContain("dns:skipped tcp:failed request");
  });

  it("tcp, where TLS is silent, untrusted or none, and where the proxy refuses", async () => {
    upstream = testUpstream(authority.ca);
    origin.connectionFault = "silent";
    const target = healthTarget(origin);
    expect(
      await checked(upstream, target, { timeoutMs: SHORT_MS }),
    ).toMatchObject({ failedAt: "tcp", failure: { phase: "tls" } });
    origin.connectionFault = "garbage";
    expect(await checked(upstream, target)).toMatchObject({ failedAt: "tcp" });
    origin.connectionFault = undefined;
    const socks = await socksProxy({ reply: 5 });
    expect(
      await checked(upstream, { ...target, way: socks.way() }),
    ).toMatchObject({ failedAt: "tcp", failure: { phase: "proxy" } });
    socks.close();
    await upstream.close(0);
    upstream = testUpstream(undefined);
    expect(await checked(upstream, target)).toMatchObject({
      failedAt: "tcp",
      failure: { kind: "tls-untrusted" },
    });
  });

  it.each([
    [503, "answered 503"],
    [429, "answered 429"],
    [511, "answered 511: a network that wants a login first"],
  ])("request, for a %d", async (status, cause) => {
    const result = await answering({ ...PORTAL, status });
    expect(result).toMatchObject({ failedAt: "request", cause });
    expect(shape(result.steps)).toBe(
      "dns:skipped tcp:passed request:failed json:skipped version:skipped",
    );
  });

  it("request, where no answer comes in time, and leaves the request closed", async () => {
    const result = await answering({ fault: { kind: "drop" } }, SHORT_MS);
    expect(result).toMatchObject({
      failedAt: "request",
      cause: "total-timeout: not done within 0.15 s, phase wait",
    });
    expect(result.tookMs).toBeLessThan(5_000);
    await expect.poll(() => origin.requests[0]?.endedAtMs, SOON).toBeDefined();
  });

  it("request, where the connection is reset", async () => {
    expect(
      await answering({ fault: { kind: "reset", atByte: "head" } }),
    ).toMatchObject({ failedAt: "request", failure: { kind: "reset" } });
  });

  it.each([
    ["a captive portal's page", PORTAL, "not JSON (HTML): captive portal?"],
    ["what is no JSON", { body: "v1.2.3" }, "not JSON: captive portal?"],
    [
      "a page of HTML with 404",
      { ...PORTAL, status: 404 },
      "answered 404 with a page of HTML: no module proxy, or a captive portal?",
    ],
    [
      "more than is read",
      { body: `"${"x".repeat(100_000)}"` },
      "not JSON (the answer is longer than one can be): captive portal?",
    ],
  ])("json, for %s", async (_name, answer, cause) => {
    const result = await answering(answer);
    expect(result).toMatchObject({ failedAt: "json", cause });
    expect(shape(result.steps)).toContain("request:passed json:failed");
  });

  it("json, for a body without end, which is not read on", async () => {
    const result = await answering({
      body: (async function* () {
        for (;;) {
          yield Buffer.alloc(1_000, "x");
          await new Promise((resolve) => setImmediate(resolve));
        }
      })(),
    });
    expect(result).toMatchObject({ passed: false, failedAt: "json" });
    expect(result.attempts[0]?.bodyBytes).toBeLessThan(1 << 20);
    await expect.poll(() => origin.requests[0]?.endedAtMs, SOON).toBeDefined();
  });

  it("json, where the body breaks off or stalls", async () => {
    const long = { body: `"${"x".repeat(5_000)}"` };
    expect(
      await answering({ ...long, fault: { kind: "truncate", atByte: 100 } }),
    ).toMatchObject({ failedAt: "json", failure: { kind: "truncated" } });
    await upstream.close(0);
    expect(
      await answering(
        { ...long, fault: { kind: "stall", atByte: 100 } },
        SHORT_MS,
      ),
    ).toMatchObject({ failedAt: "json", failure: { phase: "receive" } });
  });

  it.each([
    ["no Version", "{}", "the JSON has no Version"],
    ["no object", "[]", "the JSON has no Version"],
    ["a Version that is no text", '{"Version":1}', "the JSON has no Version"],
    [
      "another Version",
      '{"Version":"v1.2.4"}',
      'says Version "v1.2.4", asked for v1.2.3',
    ],
  ])("version, for %s", async (_name, body, cause) => {
    const result = await answering({ body });
    expect(result).toMatchObject({ failedAt: "version", cause });
    expect(shape(result.steps)).toContain("json:passed version:failed");
  });
});

describe("a check that is given up", () => {
  it("says nothing and leaves nothing open", async () => {
    upstream = testUpstream(authority.ca);
    origin.handler = () => ({ fault: { kind: "drop" } });
    const stop = new AbortController();
    const check = checkHealth(
      healthTarget(origin),
      checkTerms(upstream, { signal: stop.signal }),
    );
    await expect.poll(() => origin.requests.length, SOON).toBe(1);
    stop.abort();
    expect(await check).toBeUndefined();
    await expect.poll(() => origin.requests[0]?.endedAtMs, SOON).toBeDefined();
  });

  it("asks nothing where it was given up before", async () => {
    upstream = testUpstream(authority.ca);
    const terms = checkTerms(upstream, { signal: AbortSignal.abort() });
    expect(await checkHealth(healthTarget(origin), terms)).toBeUndefined();
    expect(origin.requests).toEqual([]);
  });

  it("says nothing of the target when gotap itself is stopping", async () => {
    upstream = testUpstream(authority.ca);
    await upstream.close(0);
    const terms = checkTerms(upstream);
    expect(await checkHealth(healthTarget(origin), terms)).toBeUndefined();
  });
});
