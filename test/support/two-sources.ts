import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { startChild, type ChildResult } from "./child.js";
import type { GoSandbox } from "./go.js";
import type { Gotap, GotapConfig, ShownTrace } from "./gotap.js";
import type { ModuleTree } from "./module-tree.js";
import type { Handler } from "./origin-answer.js";
import type { Origin, OriginOptions } from "./origin.js";
import { QUICK } from "./quick.js";
import { runUnderGotap, type Scene } from "./scene.js";

/** How go may come from source A to source B; `mirror` is `A,direct` with B as `[[mirror]]` of A. */
export type Sources = "A" | "A|B" | "A,B" | "mirror";

export interface TwoSources {
  tree: ModuleTree;
  sources: Sources;
  /** Called once for each half of the test, so that each has a script of its own. */
  a(origin: () => Origin): Handler;
  /** A healthy one by default. */
  b?(): Handler;
  /** Of both; HTTP/2 and HTTP/1.1 by default. */
  protocols?: OriginOptions["protocols"];
  /** `["mod", "download"]` by default. */
  command?: readonly string[];
  /** On top of QUICK; a table replaces QUICK's. */
  config?: GotapConfig;
  env?: NodeJS.ProcessEnv;
}

interface Half {
  a: Origin;
  b: Origin;
  sandbox: GoSandbox;
  project: string;
}

export interface Played {
  /** go by itself; without a result it was still waiting when it was ended, long after gotap's half was done. */
  alone: Half & { result: ChildResult | undefined };
  gotap: Half & { result: ChildResult; gotap: Gotap; trace: ShownTrace };
}

/** go by itself hangs, as far as a test can wait: it has not ended after so long, and gotap's half is over. */
const ALONE_LIMIT_MS = 3000;

/** The same command over the same two sources, by go alone and under gotap, at the same time. */
export async function playBoth(
  scene: Scene,
  play: TwoSources,
): Promise<Played> {
  const [alone, joined] = [await half(scene, play), await half(scene, play)];
  const args = play.command ?? ["mod", "download"];
  const gotap = scene.gotap({
    ...QUICK,
    ...(play.sources === "mirror"
      ? {
          mirrors: [
            { for: "goproxy.test", urls: [joined.b.url("mirror.test")] },
          ],
        }
      : {}),
    ...play.config,
  });
  const child = startChild("go", args, {
    env: {
      ...alone.sandbox.env,
      GOPROXY: goproxy(play.sources, alone.a.url(), alone.b.url()),
      SSL_CERT_FILE: scene.authority.caFile,
      // Nobody is there: `direct` ends at once, on a machine with a network too. Loopback is never proxied.
      HTTPS_PROXY: "http://127.0.0.1:9",
    },
    cwd: alone.project,
  });
  const limit = sleep(ALONE_LIMIT_MS);
  const result = await runUnderGotap(gotap, joined.sandbox, ["go", ...args], {
    cwd: joined.project,
    env: {
      GOPROXY: goproxy(
        play.sources,
        joined.a.url("goproxy.test"),
        joined.b.url("mirror.test"),
      ),
    },
  });
  const ended = await Promise.race([child.done, limit.then(() => undefined)]);
  child.kill();
  return {
    alone: { ...alone, result: ended },
    gotap: { ...joined, result, gotap, trace: await gotap.onlyRun() },
  };
}

async function half(scene: Scene, play: TwoSources): Promise<Half> {
  const protocols =
    play.protocols === undefined ? {} : { protocols: play.protocols };
  const a: Origin = await scene.origin({
    ...protocols,
    handler: play.a(() => a),
  });
  const b = await scene.origin({
    ...protocols,
    handler: play.b?.() ?? (({ path }) => play.tree.answer(path)),
  });
  const sandbox = scene.sandbox(play.env);
  const project = sandbox.project();
  play.tree.writeProject(project);
  return { a, b, sandbox, project };
}

function goproxy(sources: Sources, a: string, b: string): string {
  switch (sources) {
    case "A":
      return a;
    case "A|B":
      return `${a}|${b}`;
    case "A,B":
      return `${a},${b}`;
    case "mirror":
      return `${a},direct`;
  }
}

/** What `go mod verify` says of the cache, without a network. */
export async function verified(half: Half): Promise<string> {
  const { stdout, stderr } = await half.sandbox.go(
    ["mod", "verify"],
    half.project,
    { GOPROXY: "off" },
  );
  return stdout + stderr;
}

export const VERIFIED = "all modules verified\n";

/** The zips in the module cache, by file name. */
export function cachedZips(half: Half): string[] {
  const folder = join(half.sandbox.modCache, "cache", "download");
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".zip"))
    .toSorted();
}
