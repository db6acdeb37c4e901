import { afterEach, describe, expect, it } from "vitest";

import { expectCode, runChild } from "../support/child.js";
import { startDelayRelay } from "../support/delay-relay.js";
import { makeModuleTree } from "../support/module-tree.js";
import type { Fault } from "../support/origin-answer.js";
import { runUnderGotap, Scene } from "../support/scene.js";
import { because, whyNot } from "../support/tools.js";
import {
  clientSpans,
  durationMs,
  median,
  phasesOf,
} from "../support/trace-checks.js";

const reason = whyNot("go", "curl", "gotap");
const ROUNDS = 7;
const tree = makeModuleTree({ modules: 1 });
const PATH = "/example.com/%21team/mod0/@v/v1.0.0.zip";
/** Two sleeps at most: many short ones would add up their own lateness. */
const HALVES: Fault = {
  kind: "drip",
  bytes: Math.ceil((tree.modules[0]?.zip.length ?? 0) / 2),
  everyMs: 100,
};

interface Times {
  tls: number;
  wait: number;
  receive: number;
}

describe.skipIf(reason)(`timings${because(reason)}`, () => {
  const scene = new Scene();
  afterEach(() => scene.close());

  it("agree with curl's against the same origin: medians within 5 ms or 5 %", async () => {
    // HTTP/1.1 on both sides: curl and gotap do the same steps, one after the other. 20 ms each way make them long enough.
    const origin = await scene.origin({
      protocols: ["http/1.1"],
      handler: ({ path }) => ({
        ...tree.answer(path),
        ...(path === PATH ? { delayMs: 80, fault: HALVES } : {}),
      }),
    });
    const line = await startDelayRelay(origin, 20);
    scene.own(line, () => line.close());

    const seen: Record<"curl" | "gotap", Times[]> = { curl: [], gotap: [] };
    for (let round = 0; round < ROUNDS; round++) {
      seen.curl.push(await byCurl(line.port));
      seen.gotap.push(await byGotap(line.port));
    }
    for (const phase of ["tls", "wait", "receive"] as const) {
      const curl = median(seen.curl.map((times) => times[phase]));
      const gotap = median(seen.gotap.map((times) => times[phase]));
      const allowed = Math.max(5, curl * 0.05);
      expect(
        Math.abs(gotap - curl),
        `${phase}: curl ${curl} ms, gotap ${gotap} ms`,
      ).toBeLessThanOrEqual(allowed);
    }
  });

  async function byCurl(port: number): Promise<Times> {
    const result = await runChild(
      "curl",
      [
        "--silent",
        "--show-error",
        "--fail",
        "--output",
        "/dev/null",
        "--http1.1",
        "--cacert",
        scene.authority.caFile,
        "--resolve",
        `goproxy.test:${port}:127.0.0.1`,
        "--write-out",
        "%{time_connect} %{time_appconnect} %{time_pretransfer} %{time_starttransfer} %{time_total}",
        `https://goproxy.test:${port}${PATH}`,
      ],
      { env: { PATH: process.env["PATH"] } },
    );
    expectCode(result, 0);
    const [connect = 0, tls = 0, ready = 0, firstByte = 0, total = 0] =
      result.stdout.split(" ").map((s) => Number(s) * 1000);
    return {
      tls: tls - connect,
      wait: firstByte - ready,
      receive: total - firstByte,
    };
  }

  async function byGotap(port: number): Promise<Times> {
    const sandbox = scene.sandbox({ GOPROXY: `https://goproxy.test:${port}` });
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
    const phases = clientSpans(trace).map((span) => ({
      span,
      phases: phasesOf(trace, span),
    }));
    const dialled = phases
      .find((one) => one.phases.has("tls"))
      ?.phases.get("tls");
    const zip = phases.find((one) =>
      String(one.span.attributes["url.full"]).endsWith(".zip"),
    )?.phases;
    const wait = zip?.get("wait");
    const receive = zip?.get("receive");
    if (dialled === undefined || wait === undefined || receive === undefined)
      throw new Error("a phase is missing");
    return {
      tls: durationMs(dialled),
      wait: durationMs(wait),
      receive: durationMs(receive),
    };
  }
});
