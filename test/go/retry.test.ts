import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode, startChild } from "../support/child.js";
import { startDaemon, type GotapConfig } from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Answer, Fault } from "../support/origin-answer.js";
import { askedFor } from "../support/origin-counts.js";
import type { OriginOptions } from "../support/origin.js";
import { QUICK } from "../support/quick.js";
import { Scene } from "../support/scene.js";
import { scripted } from "../support/script.js";
import { because, whyNot } from "../support/tools.js";
import {
  playBoth,
  type Played,
  VERIFIED,
  verified,
} from "../support/two-sources.js";
import { waitFor } from "../support/wait-for.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 1, totalBytes: 60_000 });

/** Milliseconds between one request for the zip and the next. */
function gaps({ gotap }: Played): number[] {
  const times = askedFor(gotap.a, /zip$/).map((one) => one.startedAtMs);
  return times.slice(1).map((time, i) => time - (times[i] ?? 0));
}

describe.skipIf(reason)(`a sole source tried again${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  /** The zip fails so many times, then it is there. */
  const failing = (
    times: number,
    answer: Answer,
    options: {
      config?: GotapConfig;
      env?: NodeJS.ProcessEnv;
      protocols?: OriginOptions["protocols"];
    } = {},
  ): Promise<Played> =>
    playBoth(scene, {
      tree,
      sources: "A",
      a: () =>
        scripted(tree.answer, [{ path: /zip$/, nth: [1, times], answer }]),
      ...options,
    });

  const faults: [string, Answer, OriginOptions["protocols"]?][] = [
    ["503", { status: 503, body: "no room\n" }],
    ["429", { status: 429, body: "slow down\n" }],
    ["502 of HTML", { status: 502, body: "<html>oh no</html>" }],
    ["a reset before the head", { fault: { kind: "reset", atByte: "head" } }],
    ["a refused stream", { fault: { kind: "rst-stream", atByte: 0, code: 7 } }],
    ["GOAWAY before it", { fault: { kind: "goaway-unseen", code: 0 } }, ["h2"]],
    ["half a head", { fault: half("reset") }, ["http/1.1"]],
    ["a head that stalls", { fault: half("stall") }, ["http/1.1"]],
  ];
  function half(after: "reset" | "stall"): Fault {
    return { kind: "raw", text: "HTTP/1.1 200 OK\r\nContent-Le", after };
  }

  it.each(faults)("%s, twice: the third try is served", async (...row) => {
    const [, answer, protocols] = row;
    const { gotap } = await failing(
      2,
      answer,
      protocols === undefined ? {} : { protocols },
    );
    expectCode(gotap.result, 0);
    expect(await verified(gotap)).toBe(VERIFIED);
    expect(askedFor(gotap.a, /zip$/).length).toBeGreaterThanOrEqual(3);
  });

  it("go alone gives up at the first 503", async () => {
    const { alone } = await failing(1, { status: 503, body: "no room\n" });
    expect(alone.result).toMatchObject({ code: 1 });
    expect(askedFor(alone.a, /zip$/)).toHaveLength(1);
  });

  it("with pauses that grow, and not more often than retry.attempts", async () => {
    const played = await failing(
      9,
      { status: 503, body: "no room\n" },
      {
        config: { retry: { attempts: 4, backoff: "200ms", max_backoff: "5s" } },
      },
    );
    expect(played.gotap.result).toMatchObject({ code: 1 });
    const pauses = gaps(played);
    expect(pauses).toHaveLength(3);
    // Jitter may take half of a pause away, never more; 200, 400 and 800 ms are what it takes from.
    for (const [i, pause] of pauses.entries())
      expect(pause).toBeGreaterThanOrEqual(100 * 2 ** i - 5);
  });

  it("not before Retry-After is over", async () => {
    const played = await failing(1, {
      status: 503,
      headers: { "retry-after": "2" },
      body: "come back\n",
    });
    expectCode(played.gotap.result, 0);
    const [pause = 0] = gaps(played);
    expect(pause).toBeGreaterThanOrEqual(1950);
  });

  it("GOPROXY_RETRY=2: three tries, a second apart", async () => {
    const played = await failing(
      9,
      { status: 503, body: "no room\n" },
      {
        env: { GOPROXY_RETRY: "2" },
        config: { retry: { attempts: 1 } },
      },
    );
    expect(played.gotap.result).toMatchObject({ code: 1 });
    const pauses = gaps(played);
    expect(pauses).toHaveLength(2);
    for (const pause of pauses) {
      expect(pause).toBeGreaterThanOrEqual(450);
      expect(pause).toBeLessThan(3000);
    }
  });

  it("GOPROXY_TIMEOUT=1s: a silent source is given up after a second a try; go alone hangs", async () => {
    const { alone, gotap } = await failing(
      9,
      { fault: { kind: "drop" } },
      {
        env: { GOPROXY_TIMEOUT: "1s", GOPROXY_RETRY: "1" },
        config: {
          timeouts: { first_byte: "50s", patience: "50s" },
          retry: { backoff: "100ms" },
        },
      },
    );
    expect(alone.result).toBeUndefined();
    expect(gotap.result).toMatchObject({ code: 1 });
    expect(gotap.result.stderr).toContain("504 Gateway Timeout");
    expect(askedFor(gotap.a, /zip$/)).toHaveLength(2);
  });

  it("a kept connection that is reset before any byte is dialled anew, and counts for nothing", async () => {
    const played = await failing(
      1,
      { fault: { kind: "reset", atByte: "head" } },
      { protocols: ["http/1.1"], config: { retry: { attempts: 1 } } },
    );
    expectCode(played.gotap.result, 0);
    expect(
      played.gotap.trace.spans.map((s) => s.attributes["gotap.attempt.reason"]),
    ).toContain("stale-connection");
    expect(gaps(played)).toHaveLength(1);
  });

  it("no more when go has gone away in the pause", async () => {
    const a = await scene.origin({
      handler: scripted(tree.answer, [
        { path: /zip$/, answer: { status: 503, body: "no room\n" } },
      ]),
    });
    const gotap = scene.gotap({
      ...QUICK,
      retry: { attempts: 3, backoff: "1500ms" },
    });
    const daemon = await startDaemon(gotap);
    const env = JSON.parse(
      await gotap.read("env", "--format", "json"),
    ) as NodeJS.ProcessEnv;
    const sandbox = scene.sandbox({ ...env, GOPROXY: a.url("goproxy.test") });
    const project = sandbox.project();
    tree.writeProject(project);
    const go = startChild("go", ["mod", "download"], {
      env: sandbox.env,
      cwd: project,
    });
    await waitFor("the zip's first try", () => askedFor(a, /zip$/).length > 0);
    go.kill();
    await go.done;
    // The absence of a request can only be waited for by the clock: the pause of 1.5 s and its jitter, twice.
    await sleep(3000);
    expect(askedFor(a, /zip$/)).toHaveLength(1);
    const [row] = await gotap.traces();
    expect(row).toMatchObject({ open: 0 });
    expect((await daemon.stop()).code).toBe(0);
  });
});
