import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Origin } from "../support/origin.js";
import { waitFor } from "../support/wait-for.js";
import { Joined } from "./joined.js";
import { client, type ClientProtocol, type Seen } from "./joined-client.js";

const TOML = `
[timeouts]
first_byte = "100ms"
body_idle = "100ms"
patience = "250ms"
[retry]
attempts = 1
[[rule]]
name = "a total"
module = ["example.com/total"]
timeouts.total = "300ms"
`;
const BODY = Buffer.alloc(20_000, "a body ");

/** SPEC §4: what go prints of an answer. */
function isOurText(seen: Seen): void {
  const text = seen.body.toString();
  expect(seen.headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(text).toMatch(/^gotap: /);
  expect(text.endsWith("\n")).toBe(true);
  const lines = text.slice(0, -1).split("\n");
  expect(lines.length).toBeLessThanOrEqual(8);
  expect(seen.body.length).toBeLessThanOrEqual(648);
  expect(lines).not.toContain("");
}

describe.each(["h1", "h2"] as const)("limits, origin %s", (originProtocol) => {
  let joined: Joined;
  let origin: Origin;

  beforeAll(async () => {
    joined = await Joined.start({ toml: TOML });
    origin = await joined.origin({
      protocols: [originProtocol === "h2" ? "h2" : "http/1.1"],
      handler: () => ({ body: BODY }),
    });
  });
  afterAll(() => joined.close());

  it.each<ClientProtocol>(["h1", "h2"])(
    "no first byte: 504 with the cause, client %s",
    async (protocol) => {
      origin.handler = () => ({ fault: { kind: "drop" } });
      const path = `/example.com/first-${protocol}/@v/v1.0.0.zip`;
      const go = await client(joined, protocol, origin.port);
      const seen = await go.get(path);
      expect(seen.status).toBe(504);
      isOurText(seen);
      expect(seen.body.toString()).toContain("250 ms");
      const request = origin.requests.find((one) => one.path === path);
      await waitFor(
        "the origin's notice",
        () => request?.endedAtMs !== undefined,
      );
      const record = await joined.exchangeOf(path);
      expect(record.failure).toMatchObject({
        kind: "first-byte-timeout",
        limitMs: 250,
      });
      expect(record.status).toBe(504);
      go.close();
    },
  );

  it.each<ClientProtocol>(["h1", "h2"])(
    "a body with no byte for so long is cut, client %s",
    async (protocol) => {
      origin.handler = () => ({
        body: BODY,
        fault: { kind: "stall", atByte: 9_000 },
      });
      const path = `/example.com/idle-${protocol}/@v/v1.0.0.zip`;
      const go = await client(joined, protocol, origin.port);
      const seen = await go.get(path);
      expect(seen.status).toBe(200);
      expect(seen.whole).toBe(false);
      const record = await joined.exchangeOf(path);
      expect(record.failure).toMatchObject({
        kind: "body-idle-timeout",
        phase: "receive",
        limitMs: 250,
      });
      go.close();
    },
  );

  it("a slow body that moves is never cut", async () => {
    origin.handler = () => ({
      body: BODY.subarray(0, 8),
      fault: { kind: "drip", bytes: 1, everyMs: 60 },
    });
    const go = await client(joined, "h2", origin.port);
    const seen = await go.get("/example.com/drip/@v/v1.0.0.zip");
    expect(seen.whole).toBe(true);
    go.close();
  });

  it("the total limit ends a body that still moves", async () => {
    origin.handler = () => ({
      body: BODY.subarray(0, 2_000),
      fault: { kind: "drip", bytes: 1, everyMs: 20 },
    });
    const path = "/example.com/total/@v/v1.0.0.zip";
    const go = await client(joined, "h2", origin.port);
    const seen = await go.get(path);
    expect(seen.whole).toBe(false);
    expect((await joined.exchangeOf(path)).failure).toMatchObject({
      kind: "total-timeout",
      limitMs: 300,
    });
    go.close();
  });

  it("git may think longer than patience", async () => {
    origin.handler = () => ({ delayMs: 500, body: "packs\n" });
    const go = await client(joined, "h2", origin.port);
    const seen = await go.get("/repo.git/git-upload-pack", {
      method: "POST",
      headers: { "content-type": "application/x-git-upload-pack-request" },
      body: "0000",
    });
    expect(seen.status).toBe(200);
    expect(seen.body.toString()).toBe("packs\n");
    const record = await joined.exchangeOf("/repo.git/git-upload-pack");
    expect(record.request.kind).toBe("git-upload-pack");
    go.close();
  });

  it("what is none of go's has no limit", async () => {
    origin.handler = () => ({ delayMs: 500, body: "late\n" });
    const go = await client(joined, "h2", origin.port);
    const seen = await go.get("/some/page");
    expect(seen.status).toBe(200);
    expect((await joined.exchangeOf("/some/page")).request.kind).toBe("other");
    go.close();
  });

  it.each<ClientProtocol>(["h1", "h2"])(
    "a client that reads nothing is not what a limit means, client %s",
    async (protocol) => {
      const big = Buffer.alloc(24 << 20, "x");
      origin.handler = () => ({ body: big });
      const path = `/example.com/slow-${protocol}/@v/v1.0.0.zip`;
      const go = await client(joined, protocol, origin.port);
      const asked = go.ask(path, { paused: true });
      await asked.head;
      // Three times the limit in which the origin could send nothing.
      const readsAtMs = performance.now() + 750;
      await waitFor("a long pause", () => performance.now() > readsAtMs);
      expect(joined.gotap.open().requests).toBe(1);
      asked.resume();
      const seen = await asked.seen;
      expect(seen.whole).toBe(true);
      expect(asked.bytes()).toBe(big.length);
      go.close();
    },
  );
});

describe("a silent dial", () => {
  it("is a 504 that names the phase", async () => {
    const joined = await Joined.start({ toml: '[timeouts]\ntls = "150ms"' });
    const origin = await joined.origin({ handler: () => ({ body: BODY }) });
    origin.connectionFault = "silent";
    const go = await client(joined, "h2", origin.port);
    const seen = await go.get("/example.com/m/@v/list");
    expect(seen.status).toBe(504);
    isOurText(seen);
    expect((await joined.exchange()).failure).toMatchObject({
      kind: "tls-timeout",
      phase: "tls",
      limitMs: 150,
    });
    await joined.close();
  });
});
