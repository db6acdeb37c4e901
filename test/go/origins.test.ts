import { afterEach, describe, expect, it } from "vitest";

import { killAll } from "../support/child.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { makeGitRepository } from "../support/git-origin.js";
import {
  downloadHashes,
  makeGoSandbox,
  type GoSandbox,
} from "../support/go.js";
import { makeModuleTree } from "../support/module-tree.js";
import { startOrigin } from "../support/origin.js";
import { makeSumdb } from "../support/sumdb.js";
import { makeTestAuthority } from "../support/test-authority.js";
import { because, whyNot } from "../support/tools.js";

// The ground the other tests stand on: the real go accepts what test/support serves, without gotap between them.
const reason = whyNot("go", "git");

describe.skipIf(reason)(`origins without gotap${because(reason)}`, () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    killAll();
    for (const undo of cleanUp.splice(0).toReversed()) await undo();
  });

  function sandbox(env: NodeJS.ProcessEnv): GoSandbox {
    const made = makeGoSandbox(env);
    cleanUp.push(() => made.remove());
    return made;
  }

  function authority(): ReturnType<typeof makeTestAuthority> {
    const made = makeTestAuthority();
    cleanUp.push(() => made.remove());
    return made;
  }

  it("serve a module tree with a checksum database over HTTP/2", async () => {
    const tree = makeModuleTree({ modules: 12, totalBytes: 400_000 });
    const sumdb = makeSumdb("sumdb.test", tree.modules);
    const signer = authority();
    const origin = await startOrigin({
      authority: signer,
      handler: ({ path }) =>
        path.startsWith("/db/") ? sumdb.answer(path, "/db") : tree.answer(path),
    });
    cleanUp.push(() => origin.close());
    const go = sandbox({
      GOPROXY: origin.url(),
      GOSUMDB: `${sumdb.key} ${origin.url()}/db`,
      SSL_CERT_FILE: signer.caFile,
    });
    const project = go.project();
    tree.writeProject(project, { goSum: false });

    const download = await go.go(["mod", "download", "all"], project);
    expect(download).toMatchObject({ code: 0, stderr: "" });
    const verify = await go.go(["mod", "verify"], project);
    expect(verify.stdout).toBe("all modules verified\n");
    const paths = origin.requests.map((request) => request.path);
    expect(paths.filter((path) => path.endsWith(".zip"))).toHaveLength(12);
    expect(paths.filter((path) => path.includes("/lookup/"))).toHaveLength(12);
    expect(paths.some((path) => path.includes("/tile/8/0/000.p/12"))).toBe(
      true,
    );
    expect(origin.requests.every((r) => r.protocol === "2")).toBe(true);
    expect(origin.requests.every((r) => r.status === 200)).toBe(true);
  });

  it("have hashes that go.sum agrees with", async () => {
    const tree = makeModuleTree({ modules: 3 });
    const origin = await startOrigin({
      handler: ({ path }) => tree.answer(path, "/base"),
    });
    cleanUp.push(() => origin.close());
    const go = sandbox({ GOPROXY: `${origin.url()}/base` });
    const project = go.project();
    tree.writeProject(project);

    // go.sum is there: a zip or go.mod with another hash would fail the download.
    const download = await go.go(["mod", "download"], project);
    expect(download).toMatchObject({ code: 0, stderr: "" });
    expect(Object.keys(downloadHashes(go.modCache))).toContain(
      "example.com/!team/mod0/@v/v1.0.0.zip",
    );
    expect(origin.requests.every((r) => r.protocol === "1.1")).toBe(true);
  });

  it("serve a git repository through go-get and http-backend", async () => {
    const repository = makeGitRepository("code.test");
    const signer = authority();
    const origin = await startOrigin({
      authority: signer,
      names: ["code.test"],
      handler: (request) => repository.answer(request),
    });
    const proxy = await startConnectProxy({ "code.test:443": origin.port });
    cleanUp.push(
      () => repository.remove(),
      () => origin.close(),
      () => proxy.close(),
    );
    const go = sandbox({
      GOPROXY: "direct",
      HTTPS_PROXY: proxy.url,
      SSL_CERT_FILE: signer.caFile,
      GIT_SSL_CAINFO: signer.caFile,
    });
    const project = go.project();

    const list = await go.go(
      ["list", "-m", "-versions", "code.test/lib"],
      project,
    );
    expect(list).toMatchObject({
      code: 0,
      stdout: "code.test/lib v0.1.0 v1.0.0 v1.2.3\n",
    });
    const download = await go.go(
      ["mod", "download", "-json", "code.test/lib@latest"],
      project,
    );
    expect(JSON.parse(download.stdout)).toMatchObject({ Version: "v1.2.3" });
    expect(
      origin.requests.some((r) => r.path.endsWith("/git-upload-pack")),
    ).toBe(true);
    expect(proxy.log).toContain("CONNECT code.test:443");
  });
});
