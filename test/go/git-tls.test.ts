import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:tls";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { expectCode, runChild, type ChildResult } from "../support/child.js";
import { startConnectProxy } from "../support/connect-proxy.js";
import { makeGitRepository } from "../support/git-origin.js";
import type { GoSandbox } from "../support/go.js";
import type { Gotap } from "../support/gotap.js";
import { startOrigin, type Origin } from "../support/origin.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import {
  makeTestAuthority,
  type TestAuthority,
} from "../support/test-authority.js";
import { because, whyNot } from "../support/tools.js";
import { clientSpans, serverSpans } from "../support/trace-checks.js";

const reason = whyNot("git", "gotap");
const URL = "https://code.test/git/lib.git";
const LS = ["git", "ls-remote", "--tags", URL] as const;
const TAG = "refs/tags/v1.2.3";

// Each with and without gotap. git has no way to say where a name is but a proxy: a company's leads code.test to the origin.
describe.skipIf(reason)(`git's own TLS settings${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  async function stranger(): Promise<{
    authority: TestAuthority;
    origin: Origin;
    sandbox: GoSandbox;
  }> {
    const authority = makeTestAuthority();
    scene.own(authority, () => authority.remove());
    const repository = makeGitRepository("code.test");
    scene.own(repository, () => repository.remove());
    const origin = await startOrigin({
      authority,
      names: ["code.test"],
      handler: (request) => repository.answer(request),
    });
    scene.own(origin, () => origin.close());
    return { authority, origin, sandbox: await sandboxed(origin.port) };
  }

  async function sandboxed(port: number): Promise<GoSandbox> {
    const company = await startConnectProxy({ "code.test:443": port });
    scene.own(company, () => company.close());
    return scene.sandbox({ https_proxy: company.url });
  }

  async function both(
    sandbox: GoSandbox,
    gotap: Gotap,
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ alone: boolean; under: ChildResult }> {
    const [file, ...args] = LS;
    const direct = await runChild(file, args, {
      env: { ...sandbox.env, ...env },
      cwd: sandbox.folder,
    });
    const alone = direct.code === 0 && direct.stdout.includes(TAG);
    return { alone, under: await runUnderGotap(gotap, sandbox, LS, { env }) };
  }

  function configure(sandbox: GoSandbox, text: string): void {
    writeFileSync(join(sandbox.home, ".gitconfig"), text);
  }

  it("without any, an unknown certificate is refused in both", async () => {
    const { origin, sandbox } = await stranger();
    const { alone, under } = await both(sandbox, scene.gotap());
    expect(alone).toBe(false);
    expect(under.code).toBe(128);
    expect(origin.requests).toEqual([]);
  });

  it.each([
    ["http.sslVerify", "[http]\n\tsslVerify = false\n", {}],
    [
      "http.sslVerify",
      '[http "https://code.test/git"]\n\tsslVerify = no\n',
      {},
    ],
    ["GIT_SSL_NO_VERIFY", "", { GIT_SSL_NO_VERIFY: "1" }],
  ])("%s off: %j", async (name, config, env) => {
    const { origin, sandbox } = await stranger();
    configure(sandbox, config);
    const gotap = scene.gotap();
    const { alone, under } = await both(sandbox, gotap, env);
    expect(alone).toBe(true);
    expectCode(under, 0);
    expect(under.stdout).toContain(TAG);
    expect(under.stderr).toContain(
      "the certificate of code.test is not verified",
    );
    const spans = clientSpans(await gotap.onlyRun());
    expect(spans).toHaveLength(origin.requests.length / 2);
    for (const span of spans) {
      expect(span.attributes["gotap.tls.unverified"]).toBe(true);
      expect(span.attributes["gotap.tls.trust_set_by"]).toContain(name);
    }
  });

  it("for another URL it does not count", async () => {
    const { origin, sandbox } = await stranger();
    configure(
      sandbox,
      '[http "https://code.test/other"]\n\tsslVerify = false\n',
    );
    const { alone, under } = await both(sandbox, scene.gotap());
    expect(alone).toBe(false);
    expect(under.code).toBe(128);
    expect(origin.requests).toEqual([]);
  });

  it.each([
    "http.sslCAInfo",
    "http.https://code.test.sslCAInfo",
    "GIT_SSL_CAINFO",
  ])("the CA of %s counts upstream", async (name) => {
    const { authority, sandbox } = await stranger();
    const env: NodeJS.ProcessEnv = {};
    if (name === "GIT_SSL_CAINFO") env[name] = authority.caFile;
    else
      execFileSync("git", ["config", "--global", name, authority.caFile], {
        env: sandbox.env,
      });
    const gotap = scene.gotap();
    const { alone, under } = await both(sandbox, gotap, env);
    expect(alone).toBe(true);
    expectCode(under, 0);
    expect(under.stdout).toContain(TAG);
    for (const span of clientSpans(await gotap.onlyRun())) {
      expect(span.attributes["gotap.tls.trust_set_by"]).toBe(
        "git http.sslCAInfo",
      );
      expect(span.attributes["gotap.tls.unverified"]).toBeUndefined();
    }
  });

  it("a host that gets a client certificate is tunnelled, and is shown it", async () => {
    const authority = makeTestAuthority();
    scene.own(authority, () => authority.remove());
    const presented: string[] = [];
    const server = createServer(
      {
        ...authority.issue(["code.test"]),
        requestCert: true,
        // The test authority's certificates are for servers; that one came is what counts.
        rejectUnauthorized: false,
        ca: authority.ca,
      },
      (socket) => {
        presented.push(String(socket.getPeerCertificate().subject.O));
        socket.on("error", () => {});
        socket.once("data", () =>
          socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        );
      },
    );
    server.on("tlsClientError", () => {});
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    scene.own(server, () => server.close());
    const sandbox = await sandboxed((server.address() as AddressInfo).port);
    const { cert, key } = authority.issue(["client.test"]);
    writeFileSync(join(sandbox.home, "client.pem"), cert + key);
    configure(
      sandbox,
      `[http]\n\tsslCAInfo = ${authority.caFile}\n[http "https://code.test/"]\n\tsslCert = ~/client.pem\n`,
    );
    const gotap = scene.gotap();
    const { under } = await both(sandbox, gotap);
    expect(under.stderr).toContain("not found");
    // Alone, and under gotap.
    expect(presented).toEqual(["gotap tests", "gotap tests"]);
    const [tunnel, ...more] = serverSpans(await gotap.onlyRun());
    expect(more).toEqual([]);
    expect(tunnel?.attributes["gotap.tunnel.reason"]).toMatch(
      /certificate of its own \(git http\.sslCert\)/,
    );
  });
});
