import { afterEach, describe, expect, it } from "vitest";

import { waitFor } from "../support/wait-for.js";
import { Joined } from "./joined.js";
import { client } from "./joined-client.js";

const CHUNK = Buffer.alloc(1 << 20, "x");
const CHUNKS = 64;

describe("a client that reads nothing for a while", () => {
  let joined: Joined | undefined;
  afterEach(() => joined?.close());

  for (const originProtocol of ["h1", "h2"] as const)
    for (const clientProtocol of ["h1", "h2"] as const)
      it(`holds the origin back and costs no memory: origin ${originProtocol}, client ${clientProtocol}`, async () => {
        joined = await Joined.start();
        let taken = 0;
        async function* body(): AsyncGenerator<Buffer> {
          for (let index = 0; index < CHUNKS; index += 1) {
            taken += 1;
            yield CHUNK;
          }
        }
        const origin = await joined.origin({
          protocols: [originProtocol === "h2" ? "h2" : "http/1.1"],
          handler: () => ({
            headers: { "content-length": String(CHUNKS * CHUNK.length) },
            body: body(),
          }),
        });
        const go = await client(joined, clientProtocol, origin.port);
        const before = process.memoryUsage().rss;
        const asked = go.ask("/example.com/m/@v/v1.0.0.zip", { paused: true });
        await asked.head;
        // The origin's own writer stands still: nobody takes more.
        let last = -1;
        let stillSince = 0;
        await waitFor("the origin to be held back", () => {
          if (taken !== last) stillSince = performance.now();
          last = taken;
          return performance.now() - stillSince > 300;
        });
        expect(taken).toBeLessThan(CHUNKS / 2);
        const grown = process.memoryUsage().rss - before;
        // Origin and client, in this very process, hold buffers too.
        expect(grown).toBeLessThan(48 << 20);
        asked.resume();
        const seen = await asked.seen;
        expect(seen.whole).toBe(true);
        expect(asked.bytes()).toBe(CHUNKS * CHUNK.length);
        go.close();
      });
});
