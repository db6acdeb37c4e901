import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import { MISFORTUNES, struck } from "../support/misfortune.js";
import { bytesSent } from "../support/origin-counts.js";
import { Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import { durationMs, serverSpans } from "../support/trace-checks.js";
import { playBoth, VERIFIED, verified } from "../support/two-sources.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({
  modules: 1,
  totalBytes: 300_000,
  incompressible: 1,
});
const ZIP = tree.modules[0]?.zip.length ?? 0;
const ROWS = MISFORTUNES.flatMap((kind) =>
  [0, 50, 99].map((percent) => [kind, percent] as const),
);
/** QUICK's limit of silence in a body, and of the answer after it. */
const LIMITS_MS = 2000;

describe.skipIf(reason)(
  `A|B: a source is lost in the middle of a zip${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it.each(ROWS)(
      "%s at %i percent: go alone hangs or starts again, and under gotap its one request is answered",
      async (kind, percent) => {
        const { alone, gotap } = await playBoth(scene, {
          tree,
          sources: "A|B",
          a: (origin) => struck(tree.answer, kind, percent / 100, origin),
        });
        expect(alone.result?.code).toBe(kind === "stall" ? undefined : 0);

        expectCode(gotap.result, 0);
        expect(await verified(gotap)).toBe(VERIFIED);
        const zips = serverSpans(gotap.trace).filter(
          (span) => span.attributes["gotap.go.kind"] === "zip",
        );
        expect(zips).toHaveLength(1);
        for (const zip of zips) {
          expect(zip).toMatchObject({
            attributes: { "http.response.status_code": 200 },
          });
          expect(durationMs(zip)).toBeLessThan(LIMITS_MS + 2000);
        }
        const bytes = bytesSent(gotap.a, /zip$/) + bytesSent(gotap.b, /zip$/);
        expect(bytes).toBeLessThanOrEqual(2 * ZIP);
      },
    );
  },
);
