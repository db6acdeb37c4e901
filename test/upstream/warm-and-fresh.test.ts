import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Failure } from "../../src/model/failure.js";
import type { AttemptRecord } from "../../src/model/record.js";
import type { SpanRef } from "../../src/model/span-ref.js";
import type { UpstreamTarget, WarmUpstream } from "../../src/model/upstream.js";
import { type Origin, startOrigin } from "../support/origin.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { realClock, targetOf, testUpstream, tryOnce } from "./harness.js";

const SPAN: SpanRef = { traceId: "a".repeat(32), spanId: "b".repeat(16) };

let authority: TestAuthority;
let origin: Origin | undefined;
let upstream: WarmUpstream;
beforeAll(() => {
  authority = makeTestAuthority();
});
afterAll(() => {
  authority.remove();
});
afterEach(async () => {
  await upstream.close(0);
  await origin?.close();
});

const start = async (
  protocol: "h2" | "http/1.1",
  handler: Origin["handler"] = () => ({ body: "hello" }),
): Promise<Origin> => {
  origin = await startOrigin({ authority, protocols: [protocol], handler });
  upstream = testUpstream(authority.ca);
  return origin;
};

function warm(
  target: UpstreamTarget,
): Promise<{ record: AttemptRecord; failure?: Failure }> {
  const record: AttemptRecord = {
    index: 0,
    way: "direct",
    ...target.origin,
    startedAtMs: realClock.nowMs(),
    bodyBytes: 0,
  };
  return new Promise((resolve) => {
    upstream.warm(
      target,
      record,
      { ...SPAN },
      {
        ready: () => {
          resolve({ record });
        },
        failed: (failure) => {
          resolve({ record, failure });
        },
        progressed() {},
      },
    );
  });
}

describe.each(["h2", "http/1.1"] as const)("warming, %s", (protocol) => {
  it("makes a connection that the next request rides", async () => {
    const made = await start(protocol);
    const { record, failure } = await warm(targetOf(made));
    expect(failure).toBeUndefined();
    expect(record.dial?.tls?.endedAtMs).toBeDefined();
    expect(record.wait).toBeUndefined();
    expect(made.requests).toHaveLength(0);

    const tried = tryOnce(upstream, targetOf(made));
    expect(await tried.ended).toBeUndefined();
    expect(tried.text()).toBe("hello");
    expect(tried.record.reused).toEqual(SPAN);
    expect(tried.record.upstreamConnectionId).toBe(record.upstreamConnectionId);
    expect(made.connections()).toBe(1);
  });

  it("is done at once where one is kept, and takes nothing away", async () => {
    const made = await start(protocol);
    await warm(targetOf(made));
    const second = await warm(targetOf(made));
    expect(second.record.reused).toEqual(SPAN);
    expect(second.record.dial).toBeUndefined();
    expect(await tryOnce(upstream, targetOf(made)).ended).toBeUndefined();
    expect(made.connections()).toBe(1);
  });
});

it("warming says why it failed", async () => {
  const made = await start("h2");
  const { failure, record } = await warm(
    targetOf({ ...made, host: "127.0.0.2" }),
  );
  expect(failure?.kind).toBeDefined();
  expect(record.dial?.connects[0]?.failure).toEqual(failure);
});

describe.each(["h2", "http/1.1"] as const)(
  "a fresh attempt, %s",
  (protocol) => {
    it("rides no connection that was there", async () => {
      let hold = true;
      const made = await start(protocol, () =>
        hold ? { fault: { kind: "drop" } } : { body: "hello" },
      );
      const silent = tryOnce(upstream, targetOf(made));
      await silent.ready;
      await expect.poll(() => made.requests.length).toBe(1);
      hold = false;
      const fresh = tryOnce(upstream, { ...targetOf(made), fresh: true });
      expect(await fresh.ended).toBeUndefined();
      expect(fresh.record.reused).toBeUndefined();
      expect(fresh.record.dial?.tls).toBeDefined();
      expect(fresh.record.upstreamConnectionId).not.toBe(
        silent.record.upstreamConnectionId,
      );
      expect(made.connections()).toBe(2);
      silent.attempt.abort();
      // What it dialled is anybody's afterwards.
      const next = tryOnce(upstream, targetOf(made));
      expect(await next.ended).toBeUndefined();
      expect(next.record.reused).toBeDefined();
      expect(made.connections()).toBe(2);
    });

    it("fails alone", async () => {
      const made = await start(protocol);
      expect(await tryOnce(upstream, targetOf(made)).ended).toBeUndefined();
      await made.refuse();
      const fresh = tryOnce(upstream, { ...targetOf(made), fresh: true });
      expect(await fresh.ended).toMatchObject({ kind: "connect-refused" });
      expect(await tryOnce(upstream, targetOf(made)).ended).toBeUndefined();
    });
  },
);
