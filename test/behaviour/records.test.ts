import { afterEach, describe, expect, it } from "vitest";

import type { Span } from "../../src/model/span.js";
import { spanIdOf } from "../../src/model/span-ref.js";
import type { Answer } from "../support/origin-answer.js";
import { Joined } from "./joined.js";
import { client } from "./joined-client.js";

const BASE = "/example.com/m/@v/";

const spansAre = (spans: readonly Span[]): Map<string, Span> =>
  new Map(spans.map((span) => [span.span_id, span]));

describe("what is recorded", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  for (const protocol of ["h1", "h2"] as const)
    it(`a request on a kept connection links to the attempt that dialled it: ${protocol}`, async () => {
      joined = await Joined.start();
      const origin = await joined.origin({
        protocols: [protocol === "h2" ? "h2" : "http/1.1"],
        handler: () => ({ body: "x" }),
      });
      const go = await client(joined, "h2", origin.port);
      await go.get(`${BASE}v1.0.0.info`);
      await go.get(`${BASE}v1.0.0.mod`);
      const [first, second] = await joined.exchanges(2);
      expect(first?.attempts[0]?.dial?.tls?.alpn).toBe(
        protocol === "h2" ? "h2" : "http/1.1",
      );
      const dialled = {
        traceId: joined.run.record.traceId,
        spanId: spanIdOf(first?.exchangeId ?? "", 0),
      };
      expect(second?.attempts[0]?.reused).toEqual(dialled);
      expect(second?.attempts[0]?.dial).toBeUndefined();
      const spans = spansAre(await joined.spans());
      const span = spans.get(spanIdOf(second?.exchangeId ?? "", 0));
      expect(span?.attributes["gotap.connection.reused"]).toBe(true);
      expect(span?.links).toMatchObject([
        { trace_id: dialled.traceId, span_id: dialled.spanId },
      ]);
      expect(spans.has(dialled.spanId)).toBe(true);
      go.close();
    });

  it("20 requests at once share one dial, and each that waited says for which", async () => {
    joined = await Joined.start();
    const origin = await joined.origin({
      protocols: ["h2"],
      handler: () => ({ body: "x" }),
    });
    const go = await client(joined, "h2", origin.port);
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        go.get(`${BASE}v1.0.${index}.info`),
      ),
    );
    expect(all.every(({ status }) => status === 200)).toBe(true);
    expect(origin.connections()).toBe(1);
    const exchanges = await joined.exchanges(20);
    const attempts = exchanges.flatMap((exchange) => exchange.attempts);
    const dialled = exchanges.filter(({ attempts: [one] }) => one?.dial);
    expect(dialled).toHaveLength(1);
    const dial = spanIdOf(dialled[0]?.exchangeId ?? "", 0);
    const queued = attempts.filter(({ queue }) => queue !== undefined);
    expect(queued).toHaveLength(19);
    for (const { queue } of queued) expect(queue?.dial?.spanId).toBe(dial);
    go.close();
  });

  it("the second of two equal requests after a 4xx is marked, a third is not", async () => {
    joined = await Joined.start();
    const origin = await joined.origin({
      handler: (): Answer => ({ status: 404, body: "not found\n" }),
    });
    const go = await client(joined, "h2", origin.port);
    for (let time = 0; time < 3; time += 1) await go.get(`${BASE}list`);
    const exchanges = await joined.exchanges(3);
    expect(exchanges.map(({ authRetry }) => authRetry)).toEqual([
      undefined,
      true,
      undefined,
    ]);
    go.close();
  });

  it("every request of the origin has its spans, none an orphan, phases within their attempt", async () => {
    joined = await Joined.start();
    const body = Buffer.alloc(100_000, "x");
    const handler = ({ path }: { path: string }): Answer =>
      path.endsWith(".zip")
        ? { body, fault: { kind: "truncate", atByte: 50_000 } }
        : { body, delayMs: 5 };
    const origins = [
      await joined.origin({ protocols: ["http/1.1"], handler }),
      await joined.origin({ protocols: ["h2"], handler }),
    ];
    for (const protocol of ["h1", "h2"] as const)
      for (const origin of origins) {
        const go = await client(joined, protocol, origin.port);
        await go.get(`${BASE}${protocol}.info`);
        await go.get(`${BASE}list`);
        await go.get(`${BASE}v1.0.0.zip`);
        go.close();
      }
    await joined.exchanges(12);
    const spans = await joined.spans();
    const byId = spansAre(spans);
    expect(byId.size).toBe(spans.length);
    for (const origin of origins) {
      const seen = spans.filter(
        (span) =>
          span.kind === "CLIENT" &&
          span.attributes["server.port"] === origin.port,
      );
      expect(seen).toHaveLength(origin.requests.length);
    }
    const servers = spans.filter(({ kind }) => kind === "SERVER");
    expect(servers).toHaveLength(12);
    const roots = spans.filter(({ parent_span_id: id }) => id === null);
    expect(roots).toHaveLength(1);
    for (const span of spans) {
      const parent = byId.get(span.parent_span_id ?? roots[0]?.span_id ?? "");
      const start = BigInt(span.start_unix_nano);
      expect(parent).toBeDefined();
      expect(start % 1000n).toBe(0n);
      expect(start).toBeGreaterThanOrEqual(
        BigInt(parent?.start_unix_nano ?? "0"),
      );
      // The run and the session are still open.
      const end = span.end_unix_nano ?? parent?.end_unix_nano;
      const parentEnd = parent?.end_unix_nano;
      expect(BigInt(end ?? start)).toBeGreaterThanOrEqual(start);
      expect(BigInt(end ?? start)).toBeLessThanOrEqual(
        BigInt(parentEnd ?? end ?? start),
      );
    }
  });
});
