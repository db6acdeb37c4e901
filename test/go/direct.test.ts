import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import {
  startConnectProxy,
  type ConnectProxy,
} from "../support/connect-proxy.js";
import {
  makeGitRepository,
  type GitRepository,
} from "../support/git-origin.js";
import type { Origin } from "../support/origin.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import {
  kinds,
  orphans,
  originPaths,
  sessionSpans,
  spanPaths,
} from "../support/trace-checks.js";

const reason = whyNot("go", "git", "gotap");

// go asks a module's host on port 443, where a test may not listen: a company proxy leads the name to the origin's port.
describe.skipIf(reason)(`GOPROXY=direct${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  async function hosted(): Promise<{
    repository: GitRepository;
    origin: Origin;
    company: ConnectProxy;
  }> {
    const repository = makeGitRepository("code.test");
    scene.own(repository, () => repository.remove());
    const origin = await scene.origin({
      handler: (request) => repository.answer(request),
    });
    const company = await startConnectProxy({ "code.test:443": origin.port });
    scene.own(company, () => company.close());
    return { repository, origin, company };
  }

  it("through ?go-get=1 and git's smart HTTP", async () => {
    const { repository, origin, company } = await hosted();
    const sandbox = scene.sandbox({
      GOPROXY: "direct",
      HTTPS_PROXY: company.url,
    });
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, [
      "go",
      "mod",
      "download",
      "-json",
      `${repository.module}@latest`,
    ]);
    expectCode(result, 0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      Path: "code.test/lib",
      Version: "v1.2.3",
    });

    const trace = await gotap.onlyRun();
    expect(spanPaths(trace, 443)).toEqual(originPaths(origin.requests));
    expect(orphans(trace)).toEqual([]);
    // git-remote-https under git under go belongs to go's session.
    expect(sessionSpans(trace).map((span) => span.name)).toEqual([
      "go mod download",
    ]);
    const seen = kinds(trace);
    expect(seen["go-get"]).toBeGreaterThan(0);
    expect(seen["git-refs"]).toBeGreaterThan(0);
    expect(seen["git-upload-pack"]).toBeGreaterThan(0);
    expect(seen["other"]).toBeUndefined();
  });

  it("git alone is seen too, also with a proxy from its own configuration", async () => {
    const { origin, company } = await hosted();
    const sandbox = scene.sandbox();
    const set = await runUnderGotap(scene.gotap(), sandbox, [
      "git",
      "config",
      "--global",
      "http.proxy",
      company.url,
    ]);
    expectCode(set, 0);
    const gotap = scene.gotap();
    const result = await runUnderGotap(gotap, sandbox, [
      "git",
      "ls-remote",
      "--tags",
      "https://code.test/git/lib.git",
    ]);
    expectCode(result, 0);
    expect(result.stdout).toContain("refs/tags/v1.2.3");
    const trace = await gotap.onlyRun();
    expect(spanPaths(trace, 443)).toEqual(originPaths(origin.requests));
    expect(company.log).toContain("CONNECT code.test:443");
  });
});
