import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { classify } from "../../src/classify/classify.js";
import { readKnownSumdbKeys } from "../../src/evidence/known-sumdb-keys.js";
import { sumdbKeyOf, sumdbNameOf } from "../../src/gosum/sumdb-setting.js";
import { parseVerifierKey } from "../../src/gosum/verifier-key.js";
import { SILENT } from "../../src/model/log.js";
import { openOfflineAnswer } from "../../src/offline/answer.js";
import { gomodcacheOf } from "../../src/offline/gomodcache-folder.js";
import { offlineSources } from "../../src/offline/sources.js";
import type { OfflineStore } from "../../src/offline/store.js";
import { expectCode } from "../support/child.js";
import { downloadHashes, type GoSandbox } from "../support/go.js";
import { makeModuleTree } from "../support/module-tree.js";
import { Scene } from "../support/scene.js";
import { makeSumdb } from "../support/sumdb.js";
import { because, whyNot } from "../support/tools.js";

const reason = whyNot("go");
const tree = makeModuleTree({ modules: 12, totalBytes: 4_000_000 });
const sumdb = makeSumdb("sum.example.org", tree.modules);

/** A GOPROXY that answers from stores alone, and keeps what it could not answer. */
async function serve(scene: Scene, stores: readonly OfflineStore[]) {
  const missed: string[] = [];
  const server = createServer((request, response) => {
    void respond(stores, request, response).then((found) => {
      if (!found) missed.push(request.url ?? "");
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  scene.own(server, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, missed };
}

async function respond(
  stores: readonly OfflineStore[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const target = request.url ?? "/";
  // go pins itself to a proxy that says so.
  if (target.endsWith("/supported")) {
    response.end();
    return true;
  }
  const info = classify({
    method: "GET",
    scheme: "https",
    host: "goproxy.example.com",
    port: 443,
    target,
    bases: [],
  });
  for (const store of stores) {
    const found = await store.find({ ...info, target });
    if (found === undefined) continue;
    const answer = await openOfflineAnswer(found.file);
    if (!("body" in answer)) continue;
    const { head, body } = answer;
    expect(head.contentLength).toBe(found.bytes);
    response.writeHead(head.status, Object.fromEntries(head.headers));
    response.on("drain", () => {
      body.resume();
    });
    body.start({
      data(chunk) {
        if (!response.write(chunk)) body.pause();
      },
      end: () => response.end(),
      failed: () => response.destroy(),
    });
    return true;
  }
  response.writeHead(503).end();
  return false;
}

/** A sandbox whose go has downloaded the whole tree, checked by the checksum database. */
async function downloaded(scene: Scene): Promise<GoSandbox> {
  const origin = await scene.plainOrigin({
    handler: ({ path }) =>
      path.startsWith("/sumdb/")
        ? sumdb.answer(path, `/sumdb/${sumdb.name}`)
        : tree.answer(path),
  });
  const sandbox = scene.sandbox({ GOPROXY: origin.url(), GOSUMDB: sumdb.key });
  expectCode(await download(sandbox), 0);
  return sandbox;
}

function download(sandbox: GoSandbox, env: NodeJS.ProcessEnv = {}) {
  const project = sandbox.project();
  tree.writeProject(project, { goSum: false });
  return sandbox.go(["mod", "download", "all"], project, env);
}

function storesOf(use: string[], gomodcache?: string): OfflineStore[] {
  const sumdbKey = (name: string) =>
    name === sumdb.name ? sumdb.key : undefined;
  return offlineSources({ use, gomodcache, sumdbKey, log: SILENT });
}

describe.skipIf(reason)(
  `go, answered from what lies on this disk${because(reason)}`,
  () => {
    const scene = new Scene();
    afterEach(() => scene.close());

    it("fills an empty module cache from another, the checksum database's part too", async () => {
      const first = await downloaded(scene);
      const gomodcache = await gomodcacheOf(first.env);
      const proxy = await serve(scene, storesOf(["gomodcache"], gomodcache));
      const second = scene.sandbox({ GOPROXY: proxy.url, GOSUMDB: sumdb.key });
      expectCode(await download(second), 0);
      expect(proxy.missed).toEqual([]);
      expect(downloadHashes(second.modCache)).toEqual(
        downloadHashes(first.modCache),
      );
    });

    it("fills one from an Athens store", async () => {
      const athens = join(scene.sandbox().folder, "athens");
      for (const { path, version, info, mod, zip } of tree.modules) {
        const folder = join(athens, path, version);
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "go.mod"), mod);
        writeFileSync(join(folder, "source.zip"), zip);
        writeFileSync(join(folder, `${version}.info`), info);
      }
      const proxy = await serve(scene, storesOf([`athens:${athens}`]));
      const sandbox = scene.sandbox({ GOPROXY: proxy.url });
      const project = sandbox.project();
      tree.writeProject(project);
      expectCode(await sandbox.go(["mod", "download"], project), 0);
      expect(proxy.missed).toEqual([]);
      const verify = await sandbox.go(["mod", "verify"], project);
      expect(verify.stdout).toBe("all modules verified\n");
    });

    it("asks the next store for what the first does not have whole", async () => {
      const first = await downloaded(scene);
      const [one, two] = tree.modules;
      if (one === undefined || two === undefined) throw new Error("too few");
      const broken = join(first.folder, "broken");
      cpSync(first.modCache, broken, { recursive: true });
      const at = (m: typeof one, end: string) =>
        join(broken, "cache/download", m.escaped, "@v", `${m.version}.${end}`);
      writeFileSync(at(one, "zip"), one.zip.subarray(0, 1000));
      rmSync(at(two, "ziphash"));
      const alone = await serve(scene, storesOf(["gomodcache"], broken));
      const failing = scene.sandbox({ GOPROXY: alone.url, GOSUMDB: sumdb.key });
      expect((await download(failing)).code).not.toBe(0);
      expect(new Set(alone.missed)).toEqual(
        new Set(
          [one, two].map(
            (m) => `/${m.escaped.replaceAll("!", "%21")}/@v/${m.version}.zip`,
          ),
        ),
      );

      const both = await serve(scene, [
        ...storesOf(["gomodcache"], broken),
        ...storesOf(["gomodcache"], first.modCache),
      ]);
      const second = scene.sandbox({ GOPROXY: both.url, GOSUMDB: sumdb.key });
      expectCode(await download(second), 0);
      expect(both.missed).toEqual([]);
    });
  },
);

/** go counts its calls in HOME after it has ended, and a test's folder is gone by then; below a file it cannot. */
const UNCOUNTED = { TEST_TELEMETRY_DIR: join(process.execPath, "none") };

describe.skipIf(reason)(`what go itself says${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it.each([
    {},
    { GOMODCACHE: "/a/modcache" },
    { GOMODCACHE: "" },
    { GOMODCACHE: "", written: "GOMODCACHE=/a/written" },
    { GOMODCACHE: "", GOPATH: "/a/first:/a/second" },
    { GOMODCACHE: "", GOPATH: "", written: "GOPATH=/a/one\nGOPATH=/a/two\n" },
    { GOMODCACHE: "", GOPATH: "", written: "GOMODCACHE=\n#GOPATH=/no\n" },
    { GOMODCACHE: "", GOPATH: "" },
    { GOMODCACHE: "", GOPATH: "", GOENV: "off" },
  ])("about GOMODCACHE with %j", async ({ written, ...env }) => {
    const sandbox = scene.sandbox({ ...env, ...UNCOUNTED });
    if (written !== undefined)
      writeFileSync(sandbox.env["GOENV"] ?? "", written);
    const said = await sandbox.go(["env", "GOMODCACHE"], sandbox.folder);
    expect(await gomodcacheOf(sandbox.env)).toBe(said.stdout.trim());
  });

  it("about the checksum database that it knows: its key is read from its own sources", async () => {
    const sandbox = scene.sandbox({ GOSUMDB: "", ...UNCOUNTED });
    const said = await sandbox.go(["env", "GOROOT", "GOSUMDB"], sandbox.folder);
    const [goroot = "", gosumdb = ""] = said.stdout.trim().split("\n");
    const known = await readKnownSumdbKeys(goroot);
    const key = sumdbKeyOf(gosumdb, known) ?? "";
    expect(sumdbNameOf(key)).toBe(gosumdb);
    for (const one of known.values())
      expect(parseVerifierKey(one)).toBeDefined();
    // And its alias, which has no key of its own.
    expect([...known.values()].filter((one) => one === key)).toHaveLength(2);
  });
});
