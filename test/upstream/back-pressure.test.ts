import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { Upstream } from "../../src/model/upstream.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { waitFor } from "../support/wait-for.js";
import { readBody, targetOf, testUpstream, tryOnce } from "./harness.js";
import { h2Origin, rawAnswers, type RawOrigin } from "./raw-origin.js";

const TOTAL = 64 << 20;

describe("a body whose reader stops", () => {
  let authority: TestAuthority;
  let origin: RawOrigin;
  let upstream: Upstream;
  let written = 0;
  beforeAll(() => {
    authority = makeTestAuthority();
  });
  afterAll(() => {
    authority.remove();
  });
  afterEach(async () => {
    await upstream.close(0);
    origin.close();
  });
  /** Writes TOTAL bytes as fast as they are taken. */
  const pour = (out: NodeJS.WritableStream): void => {
    written = 0;
    const chunk = Buffer.alloc(65_536, "x");
    const fill = (): void => {
      while (written < TOTAL) {
        written += chunk.length;
        if (!out.write(chunk)) return;
      }
      out.removeListener("drain", fill);
      out.end();
    };
    out.on("drain", fill);
    fill();
  };
  const standstill = async (): Promise<number> => {
    let before = -1;
    await waitFor("the standstill", async () => {
      if (before === written) return true;
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
      return false;
    });
    return written;
  };

  it("holds an HTTP/2 peer back within a stream's window, and gets the rest later", async () => {
    origin = await h2Origin(authority, (stream) => {
      stream.respond({ ":status": 200 });
      pour(stream);
    });
    upstream = testUpstream(authority.ca);
    const tried = tryOnce(upstream, targetOf(origin), { hold: true });
    await tried.answered;
    expect(await standstill()).toBeLessThan(8 << 20);
    expect(await readBody(tried)).toBeUndefined();
    expect(tried.bytes()).toBe(TOTAL);
  });

  it("holds an HTTP/1.1 peer back, and gets the rest later", async () => {
    origin = await rawAnswers((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${TOTAL}\r\n\r\n`);
      pour(socket);
    });
    upstream = testUpstream(undefined);
    const tried = tryOnce(upstream, targetOf(origin), { hold: true });
    await tried.answered;
    expect(await standstill()).toBeLessThan(30 << 20);
    expect(await readBody(tried)).toBeUndefined();
    expect(tried.bytes()).toBe(TOTAL);
  });

  it("pauses and resumes in the middle", async () => {
    origin = await h2Origin(authority, (stream) => {
      stream.respond({ ":status": 200 });
      pour(stream);
    });
    upstream = testUpstream(authority.ca);
    const tried = tryOnce(upstream, targetOf(origin), { hold: true });
    await tried.answered;
    let bytes = 0;
    let pauses = 0;
    let paused = false;
    let early = 0;
    const failure = await new Promise((resolve) => {
      tried.body?.start({
        data(chunk) {
          if (paused) early += 1;
          bytes += chunk.length;
          if (pauses >= 20) return;
          pauses += 1;
          paused = true;
          tried.body?.pause();
          setTimeout(() => {
            paused = false;
            tried.body?.resume();
          }, 2);
        },
        end: () => {
          resolve(undefined);
        },
        failed: resolve,
      });
    });
    expect(failure).toBeUndefined();
    expect(bytes).toBe(TOTAL);
    expect(early).toBe(0);
  });
});
