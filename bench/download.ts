import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expectCode, runChild } from "../test/support/child.js";
import { removeFolder } from "../test/support/temp-folder.js";
import { median, pairwise } from "./stats.js";
import { figure, type Row } from "./table.js";
import { NAME, type World } from "./world.js";

const TREE = { modules: 160, totalBytes: 200_000_000 };

/** `go mod download` of a cold cache, directly and through a daemon that records everything, one after the other. */
export async function download(
  world: World,
  delayMs: number,
  rounds: number,
): Promise<Row> {
  const origin = await world.origin({ tree: TREE, delayMs });
  const daemon = await world.daemon();
  const env = JSON.parse(
    await daemon.gotap.read("env", "--format", "json"),
  ) as NodeJS.ProcessEnv;
  const mitmdump = await world.mitmdump();
  const once = async (more: NodeJS.ProcessEnv): Promise<number> => {
    const folder = world.newFolder();
    writeFileSync(join(folder, "go.mod"), origin.goMod);
    writeFileSync(join(folder, "go.sum"), origin.goSum);
    const startedAtMs = performance.now();
    const result = await runChild("go", ["mod", "download"], {
      cwd: folder,
      env: { ...goEnv(folder), ...more },
    });
    const ms = performance.now() - startedAtMs;
    expectCode(result, 0);
    removeFolder(folder);
    return ms;
  };
  const direct = {
    GOPROXY: `https://127.0.0.1:${origin.port}`,
    SSL_CERT_FILE: world.authority.caFile,
  };
  const named = `https://${NAME}:${origin.port}`;
  const peer = mitmdump && {
    GOPROXY: named,
    HTTPS_PROXY: `http://127.0.0.1:${mitmdump.port}`,
    SSL_CERT_FILE: mitmdump.caFile,
  };
  const times = {
    direct: [] as number[],
    gotap: [] as number[],
    peer: [] as number[],
  };
  for (let round = 0; round < rounds; round++) {
    times.direct.push(await once(direct));
    times.gotap.push(await once({ ...env, GOPROXY: named }));
    if (peer !== undefined && round < 2) times.peer.push(await once(peer));
  }
  await expectRecorded(daemon.gotap, rounds);
  const peakMb = peakMemoryMb(daemon.child.pid);
  await daemon.stop();
  origin.close();
  const ratio = median(pairwise(times.gotap, times.direct, (a, b) => a / b));
  const allowed = delayMs > 0 ? 1.03 : 1.2;
  return {
    what: `go mod download, 160 modules, 200 MB, ${delayMs > 0 ? `${delayMs * 2} ms round trip` : "loopback"}`,
    direct: seconds(times.direct),
    gotap: `${seconds(times.gotap)}, peak ${figure(peakMb)} MB`,
    compared: `${figure(ratio)} ×`,
    peer:
      peer === undefined
        ? ""
        : `${seconds(times.peer)} (${figure(median(times.peer) / median(times.direct))} ×)`,
    budget: `≤ ${allowed} × direct${delayMs > 0 ? "" : ", below mitmproxy"}`,
    kept:
      ratio <= allowed &&
      (peer === undefined ||
        delayMs > 0 ||
        median(times.gotap) < median(times.peer)),
  };
}

/** A download that was not opened would be measured as a tunnel: then the figure is worth nothing. */
async function expectRecorded(
  gotap: Awaited<ReturnType<World["daemon"]>>["gotap"],
  rounds: number,
): Promise<void> {
  const rows = (await gotap.traces()).filter(
    (row) => row.requests >= 3 * TREE.modules,
  );
  if (rows.length !== rounds)
    throw new Error(
      `${rounds} recorded downloads were expected, found ${rows.length}`,
    );
}

function goEnv(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: folder,
    GOPATH: join(folder, "gopath"),
    GOMODCACHE: join(folder, "modcache"),
    GOCACHE: join(folder, "gocache"),
    GOFLAGS: "-modcacherw",
    GOTOOLCHAIN: "local",
    GOSUMDB: "off",
    GOENV: "off",
    GOTELEMETRY: "off",
  };
}

function seconds(times: readonly number[]): string {
  return `${figure(median(times) / 1000)} s (min ${figure(Math.min(...times) / 1000)})`;
}

/** The most memory that a process ever held (VmHWM); NaN where the system has no /proc. */
export function peakMemoryMb(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  } catch {
    return Number.NaN;
  }
}
