import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { type Origin, startOrigin } from "../support/origin.js";
import { targetOf, testUpstream, tryOnce } from "./harness.js";

describe.each(["h2", "http/1.1"] as const)("an attempt over %s", (protocol) => {
  let authority: TestAuthority;
  let origin: Origin;
  beforeAll(async () => {
    authority = makeTestAuthority();
    origin = await startOrigin({
      authority,
      protocols: [protocol],
      handler: () => ({ body: "hello", headers: { "content-type": "text/x" } }),
    });
  });
  afterAll(async () => {
    await origin.close();
    authority.remove();
  });

  it("answers, and its record holds every phase that happened", async () => {
    const upstream = testUpstream(authority.ca);
    const tried = tryOnce(upstream, targetOf(origin));
    expect(await tried.answered).toMatchObject({ status: 200 });
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
    const { record } = tried;
    expect(record.protocol).toBe(protocol === "h2" ? "2" : "1.1");
    expect(record.dial?.dns).toBeUndefined();
    expect(record.dial?.connects).toHaveLength(1);
    expect(record.dial?.tls).toMatchObject({ version: "1.3", alpn: protocol });
    expect(record.wait?.endedAtMs).toBeGreaterThanOrEqual(
      record.wait?.startedAtMs ?? Infinity,
    );
    expect(record.send).toBeUndefined();
    expect(record.reused).toBeUndefined();

    const again = tryOnce(upstream, targetOf(origin));
    await again.ended;
    expect(again.record.dial).toBeUndefined();
    expect(again.record.reused).toEqual(tried.span);
    expect(again.record.upstreamConnectionId).toBe(record.upstreamConnectionId);
    expect(origin.connections()).toBe(1);
    await upstream.close(1000);
  });
});
