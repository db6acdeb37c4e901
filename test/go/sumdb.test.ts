import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import { makeModuleTree } from "../support/module-tree.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { makeSumdb } from "../support/sumdb.js";
import { because, whyNot } from "../support/tools.js";
import {
  kinds,
  originPaths,
  serverSpans,
  spanPaths,
} from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 9 });
const sumdb = makeSumdb("sumdb.test", tree.modules);

describe.skipIf(reason)(
  `a checksum database with its own key${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it("asked at its own address", async () => {
      const origin = await scene.origin({
        handler: ({ path, authority }) =>
          authority.startsWith("sumdb.test")
            ? sumdb.answer(path)
            : tree.answer(path),
      });
      const sandbox = scene.sandbox({
        GOPROXY: origin.url("goproxy.test"),
        GOSUMDB: `${sumdb.key} ${origin.url("sumdb.test")}`,
      });
      const project = sandbox.project();
      tree.writeProject(project, { goSum: false });
      const gotap = scene.gotap();
      const result = await runUnderGotap(
        gotap,
        sandbox,
        ["go", "mod", "download", "all"],
        { cwd: project },
      );
      expectCode(result, 0);
      const trace = await gotap.onlyRun();
      expect(spanPaths(trace, origin.port)).toEqual(
        originPaths(origin.requests),
      );
      expect(kinds(trace)).toMatchObject({ "sumdb-lookup": 9, zip: 9 });
      expect(kinds(trace)["sumdb-tile"]).toBeGreaterThan(0);
    });

    it("asked through the module proxy's /sumdb/", async () => {
      const origin = await scene.origin({
        handler: ({ path }) =>
          path.startsWith("/sumdb/")
            ? sumdb.answer(path, "/sumdb/sumdb.test")
            : tree.answer(path),
      });
      const sandbox = scene.sandbox({
        GOPROXY: origin.url("goproxy.test"),
        GOSUMDB: sumdb.key,
      });
      const project = sandbox.project();
      tree.writeProject(project, { goSum: false });
      const gotap = scene.gotap();
      const result = await runUnderGotap(
        gotap,
        sandbox,
        ["go", "mod", "download", "all"],
        { cwd: project },
      );
      expectCode(result, 0);
      const trace = await gotap.onlyRun();
      expect(kinds(trace)).toMatchObject({
        "sumdb-supported": 1,
        "sumdb-lookup": 9,
      });
      const lookups = serverSpans(trace).filter(
        (span) => span.attributes["gotap.go.kind"] === "sumdb-lookup",
      );
      expect(
        lookups.map((span) => span.attributes["gotap.sumdb.name"]),
      ).toEqual(Array(9).fill("sumdb.test"));
    });
  },
);
