import { afterEach, describe, expect, it } from "vitest";

import type { Span } from "../../src/model/span.js";
import type { ShownTrace } from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Answer } from "../support/origin-answer.js";
import { Scene } from "../support/scene.js";
import { scripted } from "../support/script.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans, serverSpans } from "../support/trace-checks.js";
import { playBoth, type Sources } from "../support/two-sources.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({
  modules: 1,
  totalBytes: 300_000,
  incompressible: 1,
});
const half = Math.floor((tree.modules[0]?.zip.length ?? 0) / 2);

describe.skipIf(reason)(
  `what kept a download moving is seen${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    /** The zip's first request gets this. */
    async function shown(
      sources: Sources,
      answer: Answer,
      b?: (path: string) => Answer,
    ): Promise<{ trace: ShownTrace; attempts: Span[]; zip: Span }> {
      const { gotap } = await playBoth(scene, {
        tree,
        sources,
        a: () => scripted(tree.answer, [{ path: /zip$/, nth: 1, answer }]),
        ...(b === undefined
          ? {}
          : {
              b:
                () =>
                ({ path }) =>
                  b(path),
            }),
      });
      expect(gotap.result).toMatchObject({ code: 0 });
      const zip = serverSpans(gotap.trace).find(
        (span) => span.attributes["gotap.go.kind"] === "zip",
      );
      if (zip === undefined) throw new Error("no span for the zip");
      const attempts = clientSpans(gotap.trace).filter(
        (span) => span.parent_span_id === zip.span_id,
      );
      return { trace: gotap.trace, attempts, zip };
    }

    /** Why each attempt was made, and where; absent things stay absent. */
    const said = (attempts: readonly Span[]): unknown[] =>
      attempts.map(({ attributes }) => [
        attributes["gotap.attempt.reason"],
        attributes["gotap.source"],
        attributes["server.address"],
      ]);

    const FAILED: Answer = { status: 503, body: "no room\n" };

    it("another try, and the pause before it", async () => {
      const { trace, attempts, zip } = await shown("A", FAILED);
      expect(said(attempts)).toEqual([
        [undefined, undefined, "goproxy.test"],
        ["retry", undefined, "goproxy.test"],
      ]);
      expect(attempts[1]?.attributes).toMatchObject({
        "http.request.resend_count": 1,
      });
      const pauses = trace.spans.filter((span) => span.name === "backoff");
      expect(pauses).toHaveLength(1);
      expect(pauses[0]).toMatchObject({
        kind: "INTERNAL",
        parent_span_id: zip.span_id,
      });
    });

    it("the next source of the chain", async () => {
      const { attempts } = await shown("A|B", FAILED);
      expect(said(attempts)).toEqual([
        [undefined, undefined, "goproxy.test"],
        ["source", "chain", "mirror.test"],
      ]);
      expect(attempts[0]?.attributes).toMatchObject({
        "error.type": "server-error",
        "http.response.status_code": 503,
      });
    });

    it("a mirror", async () => {
      const { attempts } = await shown("mirror", FAILED);
      expect(said(attempts)).toEqual([
        [undefined, undefined, "goproxy.test"],
        ["source", "mirror", "mirror.test"],
      ]);
    });

    it("a mirror that points elsewhere, over https", async () => {
      const elsewhere = await scene.origin({
        handler: ({ path }) => tree.answer(path),
      });
      const { attempts } = await shown("mirror", FAILED, (path) => ({
        status: 302,
        headers: { location: `${elsewhere.url("second.test")}${path}` },
      }));
      expect(said(attempts)).toEqual([
        [undefined, undefined, "goproxy.test"],
        ["source", "mirror", "mirror.test"],
        ["redirect", "mirror", "second.test"],
      ]);
      for (const request of elsewhere.requests)
        expect(request.headers).not.toHaveProperty("authorization");
    });

    it("one that was started beside a silent one", async () => {
      const { attempts } = await shown("A|B", { fault: { kind: "drop" } });
      expect(said(attempts)).toEqual([
        [undefined, undefined, "goproxy.test"],
        ["beside", "chain", "mirror.test"],
      ]);
    });

    it("the rest of a body", async () => {
      const { attempts } = await shown("A", {
        fault: { kind: "truncate", atByte: half },
      });
      expect(said(attempts)).toEqual([
        [undefined, undefined, "goproxy.test"],
        ["resume", undefined, "goproxy.test"],
      ]);
    });
  },
);
