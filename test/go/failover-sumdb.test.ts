import { afterEach, describe, expect, it } from "vitest";

import { expectCode, startChild } from "../support/child.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Answer } from "../support/origin-answer.js";
import { askedFor } from "../support/origin-counts.js";
import type { Origin } from "../support/origin.js";
import { QUICK } from "../support/quick.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { scripted } from "../support/script.js";
import { makeSumdb, type TestSumdb } from "../support/sumdb.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans } from "../support/trace-checks.js";
import { VERIFIED, verified } from "../support/two-sources.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 4 });
const sumdb = makeSumdb("sumdb.test", tree.modules);
/** Of the same name, signed by somebody else. */
const forged = makeSumdb("sumdb.test", tree.modules);
const AT_PROXY = "/sumdb/sumdb.test";
const BLOCKED: Answer = { status: 500, body: "blocked\n" };

/** A module proxy that also hands this database on. */
const proxyWith = (database: TestSumdb) => (path: string) =>
  path.startsWith("/sumdb/")
    ? database.answer(path, AT_PROXY)
    : tree.answer(path);

const FAULTS: Record<string, { path: RegExp; answer: Answer }> = {
  "answers 500": { path: /^\/sumdb\//, answer: BLOCKED },
  "is silent": { path: /^\/sumdb\//, answer: { fault: { kind: "drop" } } },
  "says that it has it, and then 500": {
    path: /^\/sumdb\/.*\/(lookup|tile)\//,
    answer: BLOCKED,
  },
};

describe.skipIf(reason)(
  `a checksum database that the proxy blocks${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    type By = "the next source" | "a mirror" | "the database itself" | "nobody";

    async function download(
      fault: string,
      by: By,
      b: Origin,
      mirrors: readonly string[] = [],
    ) {
      const cue = FAULTS[fault];
      if (cue === undefined) throw new Error(`no fault ${fault}`);
      const a = await scene.origin({
        handler: scripted(proxyWith(sumdb), [cue]),
      });
      // The database's own address is port 443 of its name: only a proxy can lead that elsewhere.
      const company = await startConnectProxy(
        by === "the database itself"
          ? { "sumdb.test:443": b.port }
          : { "sumdb.test:443": 9 },
      );
      scene.own(company, () => company.close());
      const next =
        by === "the next source"
          ? `|${b.url("second.test")}`
          : by === "the database itself"
            ? // The user lets go ask it.
              ",direct"
            : "";
      const sandbox = scene.sandbox({
        GOPROXY: `${a.url("goproxy.test")}${next}`,
        GOSUMDB: sumdb.key,
        HTTPS_PROXY: company.url,
      });
      const project = sandbox.project();
      tree.writeProject(project, { goSum: false });
      const urls = by === "a mirror" ? [b.url("mirror.test")] : mirrors;
      const gotap = scene.gotap({
        ...QUICK,
        ...(urls.length === 0
          ? {}
          : { mirrors: [{ for: "goproxy.test", urls }] }),
      });
      const result = await runUnderGotap(
        gotap,
        sandbox,
        ["go", "mod", "download", "all"],
        { cwd: project },
      );
      return { result, trace: await gotap.onlyRun(), sandbox, project, a };
    }

    it.each(Object.keys(FAULTS))(
      "%s: go alone fails or hangs",
      async (fault) => {
        const cue = FAULTS[fault];
        const a = await scene.origin({
          handler: scripted(proxyWith(sumdb), cue === undefined ? [] : [cue]),
        });
        const sandbox = scene.sandbox({
          GOPROXY: a.url(),
          GOSUMDB: sumdb.key,
          SSL_CERT_FILE: scene.authority.caFile,
          HTTPS_PROXY: "http://127.0.0.1:9",
        });
        const project = sandbox.project();
        tree.writeProject(project, { goSum: false });
        const go = startChild("go", ["mod", "download", "all"], {
          env: sandbox.env,
          cwd: project,
        });
        const ended = await Promise.race([
          go.done,
          new Promise<undefined>((resolve) => {
            setTimeout(resolve, 3000, undefined);
          }),
        ]);
        go.kill();
        expect(ended?.code).toBe(fault === "is silent" ? undefined : 1);
      },
    );

    it.each<[string, By]>([
      ["answers 500", "a mirror"],
      ["is silent", "a mirror"],
      ["says that it has it, and then 500", "a mirror"],
      ["says that it has it, and then 500", "the next source"],
      ["says that it has it, and then 500", "the database itself"],
      ["answers 500", "the database itself"],
    ])("the proxy %s: %s serves it", async (fault, by) => {
      const b = await scene.origin({
        handler: ({ path }) =>
          by === "the database itself"
            ? sumdb.answer(path)
            : proxyWith(sumdb)(path),
      });
      const { result, ...half } = await download(fault, by, b);
      expectCode(result, 0);
      expect(await verifiedIn(half)).toBe(VERIFIED);
      expect(askedFor(b, /\/lookup\//).length).toBeGreaterThan(0);
      expect(askedFor(b, /\/latest$/)).toEqual([]);
    });

    it("a mirror's forged note is not handed on, and is named", async () => {
      const b = await scene.origin({
        handler: ({ path }) => proxyWith(forged)(path),
      });
      const { result, trace } = await download(
        "says that it has it, and then 500",
        "a mirror",
        b,
      );
      expect(result.code).toBe(1);
      expect(askedFor(b, /\/lookup\//).length).toBeGreaterThan(0);
      expect(result.stderr).toMatch(/50[0234] /);
      expect(result.stderr).not.toMatch(/SECURITY ERROR|invalid signature/i);
      expect(
        clientSpans(trace).map((span) => span.attributes["error.type"]),
      ).toContain("unverified");
    });

    it("and the mirror after it may serve", async () => {
      const [bad, good] = [
        await scene.origin({ handler: ({ path }) => proxyWith(forged)(path) }),
        await scene.origin({ handler: ({ path }) => proxyWith(sumdb)(path) }),
      ];
      const { result, ...half } = await download(
        "says that it has it, and then 500",
        "nobody",
        bad,
        [bad.url("mirror.test"), good.url("second.test")],
      );
      expectCode(result, 0);
      expect(await verifiedIn(half)).toBe(VERIFIED);
      expect(askedFor(good, /\/lookup\//).length).toBeGreaterThan(0);
    });

    /** `go mod verify`, with the go.sum that the download wrote. */
    async function verifiedIn(half: {
      sandbox: Awaited<ReturnType<typeof download>>["sandbox"];
      project: string;
      a: Origin;
    }): Promise<string> {
      return verified({ ...half, b: half.a });
    }
  },
);
