import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { testUpstream } from "../upstream/harness.js";
import { checked, healthTarget, INFO, INFO_PATH } from "./harness.js";

let authority: TestAuthority;
let origin: Origin;
let plain: Origin;
let other: Origin;
let upstream: Upstream;

beforeAll(async () => {
  authority = makeTestAuthority();
  origin = await startOrigin({ authority, handler: () => INFO });
  other = await startOrigin({ authority, handler: () => INFO });
  plain = await startOrigin({ handler: () => INFO });
  upstream = testUpstream(authority.ca);
});
afterAll(async () => {
  await upstream.close(0);
  await Promise.all([origin.close(), other.close(), plain.close()]);
  authority.remove();
});
afterEach(() => {
  for (const one of [origin, other, plain]) {
    one.handler = () => INFO;
    one.clear();
  }
});

function redirecting(from: Origin, location: string, status = 302): void {
  from.handler = ({ path }) =>
    path === INFO_PATH || path === "/base/"
      ? { status, headers: { location } }
      : INFO;
}

describe("a redirect", () => {
  it("is followed to https, also of another host", async () => {
    redirecting(origin, `${other.url()}/elsewhere/it?sig=1`);
    const result = await checked(upstream, healthTarget(origin));
    expect(result.passed).toBe(true);
    expect(result.attempts.map(({ port, target }) => [port, target])).toEqual([
      [origin.port, INFO_PATH],
      [other.port, "/elsewhere/it?sig=1"],
    ]);
    expect(other.requests[0]?.authority).toBe(`127.0.0.1:${other.port}`);
  });

  it("is followed within one origin without TLS", async () => {
    redirecting(plain, "/elsewhere", 308);
    const result = await checked(upstream, healthTarget(plain));
    expect(result.passed).toBe(true);
    expect(plain.requests).toHaveLength(2);
  });

  it("to a page for people fails at json", async () => {
    redirecting(origin, `${other.url()}/login`);
    other.handler = () => ({ body: "<html>log in</html>" });
    expect(await checked(upstream, healthTarget(origin))).toMatchObject({
      failedAt: "json",
      cause: "not JSON (HTML): captive portal?",
    });
  });

  it("to another host without TLS is not followed", async () => {
    redirecting(origin, `${plain.url()}/login`);
    expect(await checked(upstream, healthTarget(origin))).toMatchObject({
      failedAt: "request",
      cause: `redirects to 127.0.0.1:${plain.port}: captive portal?`,
    });
    expect(plain.requests).toEqual([]);
  });

  it("without end fails at request", async () => {
    redirecting(origin, INFO_PATH);
    expect(await checked(upstream, healthTarget(origin))).toMatchObject({
      failedAt: "request",
      cause: "more than 5 redirects",
    });
    expect(origin.requests).toHaveLength(6);
  });

  it("whose body stalls fails in the phase it was in", async () => {
    origin.handler = () => ({
      status: 302,
      headers: { location: "/elsewhere" },
      body: "x".repeat(500),
      fault: { kind: "stall", atByte: 10 },
    });
    expect(
      await checked(upstream, healthTarget(origin), { timeoutMs: 150 }),
    ).toMatchObject({ failedAt: "json", failure: { phase: "receive" } });
    expect(origin.requests).toHaveLength(1);
  });

  it("that cannot be read fails at request", async () => {
    redirecting(origin, "https://[nowhere");
    expect(await checked(upstream, healthTarget(origin))).toMatchObject({
      failedAt: "request",
      cause: "redirects to what is no URL: captive portal?",
    });
  });
});

describe("a base of which nothing is known yet", () => {
  const unknown = { probe: () => undefined };

  it("is asked HEAD of itself, and any answer but an error will do", async () => {
    origin.handler = () => ({ status: 404 });
    const result = await checked(upstream, healthTarget(origin, unknown));
    expect(result.passed).toBe(true);
    expect(result.steps.at(-1)?.verdict).toBe("skipped");
    expect(origin.requests[0]).toMatchObject({
      method: "HEAD",
      path: "/base/",
    });
    origin.handler = () => ({ status: 502 });
    expect(
      await checked(upstream, healthTarget(origin, unknown)),
    ).toMatchObject({ failedAt: "request" });
  });

  it("may point anywhere once it has shown its certificate", async () => {
    redirecting(origin, "https://docs.example.com/");
    const result = await checked(upstream, healthTarget(origin, unknown));
    expect(result.passed).toBe(true);
    expect(result.attempts).toHaveLength(1);
  });

  it("without TLS must not point to another host", async () => {
    redirecting(plain, "http://login.example.com/");
    expect(await checked(upstream, healthTarget(plain, unknown))).toMatchObject(
      {
        failedAt: "request",
        cause: "redirects to login.example.com: captive portal?",
      },
    );
    redirecting(plain, "https://127.0.0.1/base/");
    expect(await checked(upstream, healthTarget(plain, unknown))).toMatchObject(
      { passed: true },
    );
  });
});

describe("a checksum database", () => {
  const latest = {
    probe: () => ({ target: "/latest", expects: "note" as const }),
  };

  it("passes with a signed tree, fails with anything else", async () => {
    origin.handler = () => ({
      body: "go.sum database tree\n123\naGFzaA==\n\n— sum.example.com c2ln\n",
    });
    expect(await checked(upstream, healthTarget(origin, latest))).toMatchObject(
      { passed: true },
    );
    origin.handler = () => ({ body: "<html>" });
    expect(await checked(upstream, healthTarget(origin, latest))).toMatchObject(
      { failedAt: "json", cause: "not a signed tree: captive portal?" },
    );
    origin.handler = () => ({ body: "go.sum database tree\nmany\n" });
    expect(await checked(upstream, healthTarget(origin, latest))).toMatchObject(
      { failedAt: "version", cause: "the signed tree has no size" },
    );
  });
});
