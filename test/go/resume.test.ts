import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Answer, Fault, RangeFault } from "../support/origin-answer.js";
import { askedFor, bytesSent } from "../support/origin-counts.js";
import { Scene } from "../support/scene.js";
import { scripted } from "../support/script.js";
import { differentFrom } from "../support/seeded-bytes.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans, serverSpans } from "../support/trace-checks.js";
import {
  cachedZips,
  playBoth,
  type Sources,
  VERIFIED,
  verified,
} from "../support/two-sources.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({
  modules: 1,
  totalBytes: 2_000_000,
  incompressible: 1,
});
const [module] = tree.modules;
const ZIP = module?.zip ?? Buffer.alloc(0);
const OVERLAP = 65_536;
const at = (percent: number): number =>
  Math.floor((ZIP.length * percent) / 100);

/** Healthy, but for the first request of the zip. */
const onceBroken = (fault: Fault, then: Answer = {}) =>
  scripted(tree.answer, [
    { path: /zip$/, nth: 1, answer: { fault } },
    { path: /zip$/, answer: then },
  ]);

/** The zip never gets beyond its middle, whatever is asked for. */
const alwaysCut = () =>
  scripted(
    (path) => ({ ...tree.answer(path), range: false }),
    [{ path: /zip$/, answer: { fault: { kind: "truncate", atByte: at(50) } } }],
  );

/** Healthy, with another body of the zip. */
const otherZip = (body: Buffer) => () =>
  scripted(tree.answer, [{ path: /zip$/, answer: { body } }]);

describe.skipIf(reason)(`a zip that breaks off${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it.each<[string, Fault]>([
    ["stalls at 50 %", { kind: "stall", atByte: at(50) }],
    ["stalls at 99 %", { kind: "stall", atByte: at(99) }],
    ["is cut at 50 %", { kind: "truncate", atByte: at(50) }],
    ["is cut at 99 %", { kind: "truncate", atByte: at(99) }],
    ["is reset at 50 %", { kind: "reset", atByte: at(50) }],
    ["is reset at 99 %", { kind: "reset", atByte: at(99) }],
    ["has its stream reset", { kind: "rst-stream", atByte: at(50), code: 2 }],
  ])(
    "%s goes on at the same source; go alone hangs or fails",
    async (_name, fault) => {
      const { alone, gotap } = await playBoth(scene, {
        tree,
        sources: "A",
        a: () => onceBroken(fault),
      });
      expect(alone.result?.code).toBe(fault.kind === "stall" ? undefined : 1);

      expectCode(gotap.result, 0);
      expect(await verified(gotap)).toBe(VERIFIED);
      expect(bytesSent(gotap.a, /zip$/)).toBeLessThanOrEqual(1.05 * ZIP.length);
      const [, rest, ...more] = askedFor(gotap.a, /zip$/);
      expect(more).toEqual([]);
      const from = Number(
        /^bytes=(\d+)-$/.exec(rest?.headers["range"] ?? "")?.[1],
      );
      expect(from).toBeGreaterThan(0);
      expect(from).toBeLessThanOrEqual(
        ("atByte" in fault ? Number(fault.atByte) : 0) - OVERLAP,
      );
    },
  );

  it.each<RangeFault | false>([
    "wrong-bytes",
    "wrong-total",
    "wrong-start",
    false,
  ])(
    "and a source that then answers the range with %s: another answer serves",
    async (range) => {
      const { alone, gotap } = await playBoth(scene, {
        tree,
        sources: "A|B",
        a: () =>
          onceBroken(
            { kind: "truncate", atByte: at(50) },
            // Without Range it breaks again, so that only B is left.
            range === false
              ? { range, fault: { kind: "truncate", atByte: at(40) } }
              : { range },
          ),
      });
      expect(alone.result).toMatchObject({ code: 0 });
      expectCode(gotap.result, 0);
      expect(await verified(gotap)).toBe(VERIFIED);
      const bytes = bytesSent(gotap.a, /zip$/) + bytesSent(gotap.b, /zip$/);
      expect(bytes).toBeGreaterThanOrEqual(ZIP.length);
    },
  );

  it.each<RangeFault>(["wrong-bytes", "wrong-total", "wrong-start"])(
    "and a sole source that then answers the range with %s: a broken stream, never a wrong file",
    async (range) => {
      const { gotap } = await playBoth(scene, {
        tree,
        sources: "A",
        a: () => onceBroken({ kind: "truncate", atByte: at(50) }, { range }),
      });
      expect(gotap.result.code).toBe(1);
      expect(cachedZips(gotap)).toEqual([]);
    },
  );

  it.each<[Sources, number]>([
    ["A|B", 30],
    ["A|B", 70],
    ["mirror", 30],
    ["mirror", 70],
  ])(
    "%s, B's bytes are others from %i percent on, A's end at 50: go fails, B is named, and no zip is left",
    async (sources, percent) => {
      const { alone, gotap } = await playBoth(scene, {
        tree,
        sources,
        a: alwaysCut,
        b: otherZip(differentFrom(ZIP, at(percent))),
      });
      expect(alone.result).toMatchObject({ code: 1 });
      expect(gotap.result.code).toBe(1);
      expect(cachedZips(gotap)).toEqual([]);
      expect(gotap.result.stderr).toContain("mirror.test");
      const kinds = clientSpans(gotap.trace).map(
        (span) => span.attributes["error.type"],
      );
      // Before the cut gotap itself sees it; after it only go.sum can.
      expect(kinds.includes("mirror-differs")).toBe(percent < 50);
    },
  );

  it.each<[Sources, "other-order" | "other-length"]>([
    ["A|B", "other-order"],
    ["A|B", "other-length"],
    ["mirror", "other-order"],
    ["mirror", "other-length"],
  ])(
    "%s, B has zipped the same files in another way (%s): two zips are never one",
    async (sources, how) => {
      const body = module?.zippedAgain(how) ?? Buffer.alloc(0);
      const { alone, gotap } = await playBoth(scene, {
        tree,
        sources,
        a: alwaysCut,
        b: otherZip(body),
      });
      const zips = serverSpans(gotap.trace).filter(
        (span) => span.attributes["gotap.go.kind"] === "zip",
      );
      expect(zips[0]).toMatchObject({ status: { code: "ERROR" } });
      // go itself begins anew at B, where its GOPROXY lets it.
      const code = sources === "A|B" ? 0 : 1;
      expect(alone.result).toMatchObject({ code });
      expect(gotap.result).toMatchObject({ code });
      expect(code === 0 ? await verified(gotap) : cachedZips(gotap)).toEqual(
        code === 0 ? VERIFIED : [],
      );
    },
  );
});
