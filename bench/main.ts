import { cpus, totalmem } from "node:os";

import { bigBody } from "./big-body.js";
import { show, startUp } from "./commands.js";
import { download } from "./download.js";
import { newHost, throughput, warmRequest } from "./small-requests.js";
import { tableText, type Row } from "./table.js";
import { World } from "./world.js";

// The rows of the specification's §9. `npm run bench` measures all, `npm run bench -- small body` some. Every figure is a median,
// every ratio the median of ratios of neighbours: one run directly, the next through gotap.
// GOTAP_BENCH_HUGE_GB sets the very large body, 10 by default; GOTAP_BENCH_ROUNDS how often go downloads, 5 by default.
const hugeBytes = Number(process.env["GOTAP_BENCH_HUGE_GB"] ?? 10) * 1e9;
const rounds = Number(process.env["GOTAP_BENCH_ROUNDS"] ?? 5);

const ROWS: Record<string, (world: World) => Promise<Row | Row[]>> = {
  "download-50ms": (world) => download(world, 25, rounds),
  "download-loopback": (world) => download(world, 0, rounds),
  "small-h2": (world) => warmRequest(world, "h2", 0.6),
  "small-h1": (world) => warmRequest(world, "http/1.1", 0.4),
  throughput,
  "new-host": newHost,
  body: (world) => bigBody(world, hugeBytes),
  start: startUp,
  show,
};

async function main(wanted: readonly string[]): Promise<number> {
  const names = Object.keys(ROWS).filter(
    (name) =>
      wanted.length === 0 || wanted.some((word) => name.startsWith(word)),
  );
  if (names.length === 0) {
    console.error(`no such row; there are: ${Object.keys(ROWS).join(" ")}`);
    return 2;
  }
  const rows: Row[] = [];
  let failed = 0;
  for (const name of names) {
    console.error(`${name} …`);
    const world = new World();
    try {
      rows.push(...[(await ROWS[name]?.(world)) ?? []].flat());
    } catch (error) {
      failed += 1;
      console.error(`${name} could not be measured: ${String(error)}`);
    } finally {
      await world.close();
    }
  }
  const [cpu] = cpus();
  console.log(tableText(rows));
  console.log(
    `\nnode ${process.versions.node}, ${cpus().length} × ${cpu?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  );
  return failed > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
