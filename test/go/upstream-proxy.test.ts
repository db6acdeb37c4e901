import { afterEach, describe, expect, it } from "vitest";

import { expectCode } from "../support/child.js";
import {
  startConnectProxy,
  type ConnectProxy,
} from "../support/connect-proxy.js";
import type { ShownTrace } from "../support/gotap.js";
import { makeModuleTree } from "../support/module-tree.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import {
  clientSpans,
  originPaths,
  phasesOf,
  spanPaths,
} from "../support/trace-checks.js";

const reason = whyNot("go", "gotap");
const tree = makeModuleTree({ modules: 4 });

describe.skipIf(reason)(`a proxy that was set before${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  async function downloadWith(
    env: (company: ConnectProxy) => NodeJS.ProcessEnv,
    tls = true,
  ): Promise<{ trace: ShownTrace; company: ConnectProxy; port: number }> {
    const handler = ({ path }: { path: string }) => tree.answer(path);
    const origin = tls
      ? await scene.origin({ handler })
      : await scene.plainOrigin({ handler });
    const company = await startConnectProxy();
    scene.own(company, () => company.close());
    const sandbox = scene.sandbox({
      GOPROXY: origin.url("goproxy.test"),
      ...env(company),
    });
    const project = sandbox.project();
    tree.writeProject(project);
    const gotap = scene.gotap();
    const result = await runUnderGotap(
      gotap,
      sandbox,
      ["go", "mod", "download"],
      { cwd: project },
    );
    expectCode(result, 0);
    const trace = await gotap.onlyRun();
    expect(spanPaths(trace, origin.port)).toEqual(originPaths(origin.requests));
    return { trace, company, port: origin.port };
  }

  it.each(["HTTPS_PROXY", "https_proxy"])(
    "%s is the upstream, with its own phase",
    async (name) => {
      const { trace, company, port } = await downloadWith((proxy) => ({
        [name]: proxy.url,
      }));
      expect(new Set(company.log)).toEqual(
        new Set([`CONNECT goproxy.test:${port}`]),
      );
      expect(new Set(company.authorizations)).toEqual(new Set([undefined]));
      const dialled = clientSpans(trace).find((span) =>
        phasesOf(trace, span).has("tls"),
      );
      if (dialled === undefined) throw new Error("nobody dialled");
      expect(
        [...phasesOf(trace, dialled).keys()].filter(
          (phase) => phase !== "queue",
        ),
      ).toEqual(["connect", "proxy", "tls", "wait", "receive"]);
    },
  );

  it("its credentials go to it, and to nobody else", async () => {
    const { trace, company } = await downloadWith((proxy) => ({
      HTTPS_PROXY: proxy.url.replace("://", "://ada:s3cret@"),
    }));
    expect(new Set(company.authorizations)).toEqual(
      new Set([`Basic ${Buffer.from("ada:s3cret").toString("base64")}`]),
    );
    expect(JSON.stringify(trace)).not.toContain("s3cret");
  });

  it("HTTP_PROXY is the upstream of plain requests", async () => {
    const { company, port } = await downloadWith(
      (proxy) => ({ HTTP_PROXY: proxy.url }),
      false,
    );
    expect(company.log.length).toBeGreaterThan(0);
    for (const line of company.log)
      expect(line).toContain(`goproxy.test:${port}`);
  });

  it("what NO_PROXY names goes straight, and is seen all the same", async () => {
    const { company, trace } = await downloadWith((proxy) => ({
      HTTPS_PROXY: proxy.url,
      NO_PROXY: "corp.example,.test",
    }));
    expect(company.log).toEqual([]);
    expect(
      clientSpans(trace).every(
        (span) => span.attributes["gotap.way"] === "direct",
      ),
    ).toBe(true);
  });
});
