import { afterEach, describe, expect, it } from "vitest";

import type { Answer } from "../support/origin-answer.js";
import { Joined } from "./joined.js";
import { client } from "./joined-client.js";

const LIST = "/example.com/m/@v/list";
const PACK = "/repo.git/git-upload-pack";
const POST = {
  method: "POST",
  headers: { "content-type": "application/x-git-upload-pack-request" },
  body: "0000",
};

describe("a kept connection that the origin closes under the next request", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  for (const protocol of ["h1", "h2"] as const) {
    /** The first request is answered; the second, on the same connection, is reset; what comes after is answered. */
    const scene = async (): Promise<{ joined: Joined; port: number }> => {
      joined = await Joined.start();
      let requests = 0;
      const origin = await joined.origin({
        protocols: [protocol === "h2" ? "h2" : "http/1.1"],
        handler: (): Answer => {
          requests += 1;
          return requests === 2
            ? { fault: { kind: "reset", atByte: "head" } }
            : { body: `answer ${requests}\n` };
        },
      });
      return { joined, port: origin.port };
    };

    it(`is replaced without a word to the client: ${protocol}`, async () => {
      const { joined, port } = await scene();
      const go = await client(joined, "h2", port);
      expect((await go.get(LIST)).body.toString()).toBe("answer 1\n");
      const seen = await go.get("/example.com/m/@v/v1.0.0.info");
      expect(seen.status).toBe(200);
      expect(seen.body.toString()).toBe("answer 3\n");
      const record = await joined.exchangeOf("/example.com/m/@v/v1.0.0.info");
      expect(record.failure).toBeUndefined();
      expect(record.attempts).toHaveLength(2);
      const [stale, fresh] = record.attempts;
      expect(stale?.reused).toBeDefined();
      expect(stale?.failure?.kind).toBe("reset");
      expect(fresh?.reused).toBeUndefined();
      expect(fresh?.dial?.connects).toHaveLength(1);
      const spans = await joined.spans();
      const second = spans.find(
        ({ kind, attributes, span_id: id }) =>
          kind === "CLIENT" &&
          id.startsWith(record.exchangeId) &&
          attributes["http.request.resend_count"] === 1,
      );
      expect(second?.status.code).toBe("UNSET");
      go.close();
    });

    it(`a POST is never sent twice: ${protocol}`, async () => {
      const { joined, port } = await scene();
      const go = await client(joined, "h2", port);
      await go.get(LIST);
      const seen = await go.get(PACK, POST);
      expect(seen.status).toBe(502);
      const record = await joined.exchangeOf(PACK);
      expect(record.attempts).toHaveLength(1);
      expect(record.failure?.kind).toBe("reset");
      go.close();
    });
  }

  it("a connection of its own that is reset gets no second attempt, where there are no retries", async () => {
    joined = await Joined.start({ toml: "[retry]\nattempts = 1\n" });
    const origin = await joined.origin({
      handler: () => ({ fault: { kind: "reset", atByte: "head" } }),
    });
    const go = await client(joined, "h2", origin.port);
    expect((await go.get(LIST)).status).toBe(502);
    expect(origin.requests).toHaveLength(1);
    go.close();
  });

  it("GOAWAY: what is under way ends whole, the next request dials anew", async () => {
    joined = await Joined.start();
    const body = Buffer.alloc(200_000, "x");
    const origin = await joined.origin({
      protocols: ["h2"],
      handler: ({ path }) =>
        path === LIST
          ? { body, fault: { kind: "goaway", atByte: 1_000, code: 0 } }
          : { body },
    });
    const go = await client(joined, "h2", origin.port);
    const first = await go.get(LIST);
    expect(first.whole).toBe(true);
    expect(first.body.equals(body)).toBe(true);
    const second = await go.get("/example.com/m/@v/v1.0.0.zip");
    expect(second.whole).toBe(true);
    expect(origin.connections()).toBe(2);
    const record = await joined.exchangeOf("/example.com/m/@v/v1.0.0.zip");
    expect(record.failure).toBeUndefined();
    go.close();
  });
});
