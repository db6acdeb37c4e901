import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import type { ChildResult } from "../support/child.js";
import { expectCode } from "../support/child.js";
import {
  startConnectProxy,
  type ConnectProxy,
} from "../support/connect-proxy.js";
import { makeGitRepository } from "../support/git-origin.js";
import type { GoSandbox } from "../support/go.js";
import type { Gotap, ShownTrace } from "../support/gotap.js";
import { startOrigin, type Origin } from "../support/origin.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { makeTestAuthority } from "../support/test-authority.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans, orphans, serverSpans } from "../support/trace-checks.js";

const reason = whyNot("go", "git", "gotap");
const LIST = ["list", "-m", "-versions", "code.test/lib"];

// go asks a module's host on ports 443 and 80, where a test may not listen: a company proxy leads them to the origins' ports.
// Alone go has this proxy, under gotap gotap has it.
describe.skipIf(reason)(`GOINSECURE${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  /** `<meta>` that leads to a module proxy on plain http, which go allows for GOINSECURE alone. */
  function meta(repository: string): string {
    return `<html><head><meta name="go-import" content="code.test/lib ${repository}"></head></html>\n`;
  }

  async function behindProxy(
    ports: Record<string, Origin | undefined>,
  ): Promise<ConnectProxy> {
    const led = Object.entries(ports).map(([authority, origin]) => [
      authority,
      // Port 9 is discard: nobody listens.
      origin?.port ?? 9,
    ]);
    const company = await startConnectProxy(
      Object.fromEntries(led) as Record<string, number>,
    );
    return scene.own(company, () => company.close());
  }

  function sandboxed(
    company: ConnectProxy,
    env: NodeJS.ProcessEnv = {},
  ): GoSandbox {
    return scene.sandbox({
      GOPROXY: "direct",
      HTTPS_PROXY: company.url,
      HTTP_PROXY: company.url,
      // git reads the lower case alone.
      http_proxy: company.url,
      GOINSECURE: "code.test",
      ...env,
    });
  }

  async function both(
    sandbox: GoSandbox,
    gotap: Gotap,
    before: () => void = () => {},
  ): Promise<{ alone: ChildResult; under: ChildResult }> {
    const alone = await sandbox.go(LIST, sandbox.folder);
    before();
    const other = { GOMODCACHE: join(sandbox.folder, "other") };
    const under = await runUnderGotap(gotap, sandbox, ["go", ...LIST], {
      env: other,
    });
    return { alone, under };
  }

  /** A repository on plain http: port 80 alone. */
  async function plainHost(): Promise<Origin> {
    const repository = makeGitRepository("code.test");
    scene.own(repository, () => repository.remove());
    return scene.plainOrigin({
      handler: (request) =>
        request.path.includes("go-get=1")
          ? {
              body: meta("git http://code.test/git/lib.git"),
              headers: { "content-type": "text/html" },
            }
          : repository.answer(request),
    });
  }

  async function selfSigned(): Promise<Origin> {
    const stranger = makeTestAuthority();
    scene.own(stranger, () => stranger.remove());
    const origin = await startOrigin({
      authority: stranger,
      names: ["code.test"],
      handler: () => ({
        body: meta("git http://code.test/git/lib.git"),
        headers: { "content-type": "text/html" },
      }),
    });
    return scene.own(origin, () => origin.close());
  }

  it("a host that speaks only http: go falls back, under gotap too", async () => {
    const plain = await plainHost();
    const company = await behindProxy({
      "code.test:443": undefined,
      "code.test:80": plain,
    });
    const sandbox = sandboxed(company);
    const gotap = scene.gotap();
    const { alone, under } = await both(sandbox, gotap);
    expectCode(alone, 0);
    expectCode(under, 0);
    expect(alone.stdout).toContain("code.test/lib v0.1.0 v1.0.0 v1.2.3");
    expect(under.stdout).toBe(alone.stdout);

    const trace = await gotap.onlyRun();
    expect(orphans(trace)).toEqual([]);
    // https was tried, and it shows; nothing is said to be tunnelled.
    expect(connects(trace)[0]).toMatchObject({
      attributes: { "server.port": 443, "http.response.status_code": 502 },
      status: { code: "ERROR" },
    });
    expect(under.stderr).not.toContain("not seen inside");
  });

  it("without GOINSECURE the same host fails, alone and under gotap", async () => {
    const plain = await plainHost();
    const company = await behindProxy({
      "code.test:443": undefined,
      "code.test:80": plain,
    });
    const gotap = scene.gotap();
    const { alone, under } = await both(
      sandboxed(company, { GOINSECURE: "other.test" }),
      gotap,
    );
    expect(alone.code).not.toBe(0);
    expect(under.code).not.toBe(0);
    expect(plain.requests).toEqual([]);
    expect(connects(await gotap.onlyRun())).toEqual([]);
  });

  it("a self-signed https host: taken unverified, on the connection made at CONNECT, and shown", async () => {
    const plain = await plainHost();
    const secure = await selfSigned();
    const company = await behindProxy({
      "code.test:443": secure,
      "code.test:80": plain,
    });
    const sandbox = sandboxed(company);
    const gotap = scene.gotap();
    let connections = 0;
    const { alone, under } = await both(sandbox, gotap, () => {
      secure.clear();
      connections = secure.connections();
    });
    expectCode(alone, 0);
    expectCode(under, 0);
    expect(under.stdout).toBe(alone.stdout);
    expect(secure.requests.length).toBeGreaterThan(0);
    expect(under.stderr).toContain(
      "GOINSECURE=code.test: the certificate of code.test is not verified",
    );

    const trace = await gotap.onlyRun();
    const [check] = connects(trace);
    expect(check?.attributes["http.response.status_code"]).toBe(200);
    const asked = clientSpans(trace).filter(
      (span) =>
        span.attributes["server.port"] === 443 &&
        span.attributes["http.request.method"] === "GET",
    );
    expect(asked).toHaveLength(secure.requests.length);
    for (const span of asked)
      expect(span.attributes).toMatchObject({
        "gotap.tls.unverified": true,
        "gotap.tls.trust_set_by": "GOINSECURE=code.test",
        "gotap.connection.reused": true,
      });
    expect(secure.connections() - connections).toBe(1);
    const tls = trace.spans.find((span) => span.name === "tls");
    expect(tls?.attributes["tls.server.issuer"]).toBe(
      "CN=gotap test authority",
    );
  });

  it("a self-signed https host that it does not name is refused, alone and under gotap", async () => {
    const secure = await selfSigned();
    const company = await behindProxy({ "code.test:443": secure });
    const { alone, under } = await both(
      // The host is named, this module is not: go's other client looks at the certificate.
      sandboxed(company, { GOINSECURE: "code.test/other" }),
      scene.gotap(),
    );
    expect(alone.code).not.toBe(0);
    expect(under.code).not.toBe(0);
    expect(secure.requests).toEqual([]);
  });

  it("counts from the file of go env -w", async () => {
    const plain = await plainHost();
    const company = await behindProxy({
      "code.test:443": undefined,
      "code.test:80": plain,
    });
    const sandbox = sandboxed(company, { GOINSECURE: "" });
    writeFileSync(join(sandbox.home, "goenv"), "GOINSECURE=*.test\n");
    const under = await runUnderGotap(scene.gotap(), sandbox, ["go", ...LIST]);
    expectCode(under, 0);
    expect(under.stdout).toContain("v1.2.3");
  });

  it("a host that does not answer costs go's own 5 s", async () => {
    const plain = await plainHost();
    const silent = await scene.plainOrigin({ handler: () => ({}) });
    silent.connectionFault = "silent";
    const company = await behindProxy({
      "code.test:443": silent,
      "code.test:80": plain,
    });
    const sandbox = sandboxed(company);
    const gotap = scene.gotap();
    const { alone, under } = await both(sandbox, gotap);
    expectCode(alone, 0);
    expectCode(under, 0);
    expect(under.stdout).toBe(alone.stdout);
    expect(connects(await gotap.onlyRun())[0]?.status.code).toBe("ERROR");
  }, 60_000);

  function connects(trace: ShownTrace): ReturnType<typeof serverSpans> {
    return serverSpans(trace).filter(
      (span) => span.attributes["http.request.method"] === "CONNECT",
    );
  }
});
