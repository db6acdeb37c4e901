import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Handler } from "../support/origin-answer.js";
import { askedFor } from "../support/origin-counts.js";
import { QUICK } from "../support/quick.js";
import { Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { playBoth, VERIFIED, verified } from "../support/two-sources.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({
  modules: 1,
  totalBytes: 200_000,
  incompressible: 1,
});

/** Longer than QUICK's first_byte and body_idle, shorter than PATIENT's patience. */
const SILENCE_MS = 2500;
const PATIENT = { timeouts: { ...QUICK.timeouts, patience: "10s" } };

// go alone waits for ever, so here it gets its zip too: gotap must not be the one who spoils it.
describe.skipIf(reason)(
  `a sole source that is silent for a while${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it("before its answer: go waits, and so does gotap", async () => {
      const { gotap } = await playBoth(scene, {
        tree,
        sources: "A",
        a: () => {
          let talksAt: number | undefined;
          return async ({ path }) => {
            if (path.endsWith(".zip")) {
              talksAt ??= performance.now() + SILENCE_MS;
              await sleep(Math.max(0, talksAt - performance.now()));
            }
            return tree.answer(path);
          };
        },
        config: PATIENT,
      });
      expectCode(gotap.result, 0);
      expect(await verified(gotap)).toBe(VERIFIED);
    });

    it("in the middle of a zip, which it cannot continue: gotap waits", async () => {
      async function* slowly(body: Uint8Array) {
        const half = Math.floor(body.length / 2);
        yield body.subarray(0, half);
        await sleep(SILENCE_MS);
        yield body.subarray(half);
      }
      const pausing =
        (): Handler =>
        ({ path }) => {
          const answer = tree.answer(path);
          if (!path.endsWith(".zip") || !(answer.body instanceof Uint8Array))
            return answer;
          return {
            headers: {
              ...answer.headers,
              "content-length": String(answer.body.length),
            },
            body: slowly(answer.body),
          };
        };
      const { gotap } = await playBoth(scene, {
        tree,
        sources: "A",
        a: pausing,
        config: PATIENT,
      });
      expectCode(gotap.result, 0);
      expect(await verified(gotap)).toBe(VERIFIED);
    });

    it("and never answers what it was asked then: asked again, it does; go alone hangs", async () => {
      const { alone, gotap } = await playBoth(scene, {
        tree,
        sources: "A",
        a: () => {
          let wakesAt: number | undefined;
          return ({ path }) => {
            const answer = tree.answer(path);
            if (!path.endsWith(".zip")) return answer;
            wakesAt ??= performance.now() + 1500;
            return performance.now() < wakesAt
              ? { ...answer, fault: { kind: "drop" } }
              : answer;
          };
        },
        config: { timeouts: { ...QUICK.timeouts, patience: "2s" } },
      });
      expect(alone.result).toBeUndefined();
      expectCode(gotap.result, 0);
      expect(await verified(gotap)).toBe(VERIFIED);
      expect(askedFor(gotap.a, /zip$/).length).toBeGreaterThan(1);
    });
  },
);
