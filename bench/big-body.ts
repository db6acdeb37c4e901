import { readFileSync } from "node:fs";

import { peakMemoryMb } from "./download.js";
import type { LoadQuestion } from "./load-process.js";
import { median, pairwise } from "./stats.js";
import { figure, type Row } from "./table.js";
import { NAME, type World } from "./world.js";

const MB = 1_000_000;

/** One body: its rate against direct, and the daemon's peak memory, for a large body and a very large one. */
export async function bigBody(world: World, hugeBytes: number): Promise<Row[]> {
  const origin = await world.origin({ delayMs: 0 });
  const mitmdump = await world.mitmdump();
  const ask = (
    bytes: number,
    proxyPort?: number,
    caFile?: string,
  ): LoadQuestion => ({
    protocol: "h2",
    requests: 1,
    atOnce: 1,
    fresh: false,
    path: `/body/${bytes}`,
    port: origin.port,
    hosts: [NAME],
    ca:
      caFile === undefined ? world.authority.ca : readFileSync(caFile, "utf8"),
    ...(proxyPort === undefined ? {} : { proxyPort }),
  });
  const rate = async (question: LoadQuestion): Promise<number> => {
    const { bytes, totalMs } = await world.load(question);
    return bytes / MB / (totalMs / 1000);
  };

  const large = 300 * MB;
  const daemon = await world.daemon();
  const rates = {
    direct: [] as number[],
    gotap: [] as number[],
    peer: [] as number[],
  };
  for (let round = 0; round < 5; round++) {
    rates.direct.push(await rate(ask(large)));
    rates.gotap.push(await rate(ask(large, daemon.port, daemon.ca)));
    if (mitmdump !== undefined && round < 2)
      rates.peer.push(await rate(ask(large, mitmdump.port, mitmdump.caFile)));
  }
  await daemon.stop();
  const ratio = median(pairwise(rates.gotap, rates.direct, (a, b) => a / b));
  const row: Row = {
    what: "one 300 MB body, h2 client",
    direct: `${figure(median(rates.direct))} MB/s`,
    gotap: `${figure(median(rates.gotap))} MB/s`,
    compared: `${figure(ratio)} ×`,
    peer: mitmdump === undefined ? "" : `${figure(median(rates.peer))} MB/s`,
    budget: "≥ 250 MB/s, ≥ 0.5 × direct",
    kept: median(rates.gotap) >= 250 && ratio >= 0.5,
  };
  return [row, await memory(world, large, hugeBytes, ask, rate)];
}

/** A fresh daemon for each size: the peak is that of one body. */
async function memory(
  world: World,
  large: number,
  huge: number,
  ask: (bytes: number, proxyPort: number, caFile: string) => LoadQuestion,
  rate: (question: LoadQuestion) => Promise<number>,
): Promise<Row> {
  const peakOf = async (bytes: number): Promise<number> => {
    const daemon = await world.daemon();
    await rate(ask(bytes, daemon.port, daemon.ca));
    const peak = peakMemoryMb(daemon.child.pid);
    await daemon.stop();
    return peak;
  };
  const atLarge = await peakOf(large);
  const atHuge = await peakOf(huge);
  return {
    what: `peak memory of the daemon, 300 MB and ${figure(huge / 1e9)} GB`,
    direct: "",
    gotap: `${figure(atLarge)} / ${figure(atHuge)} MB`,
    compared: `${figure(atHuge / atLarge)} ×`,
    peer: "",
    budget: "≤ 150 MB, flat",
    kept: Math.max(atLarge, atHuge) <= 150 && atHuge <= atLarge * 1.15,
  };
}
