import { readFileSync } from "node:fs";

import { startDaemon } from "../test/support/gotap.js";
import { waitFor } from "../test/support/wait-for.js";
import { median } from "./stats.js";
import { figure, type Row } from "./table.js";
import { NAME, type World } from "./world.js";

const ROUNDS = 9;

function row(
  what: string,
  times: readonly number[],
  budgetMs: number | undefined,
): Row {
  const p50 = median(times);
  return {
    what,
    direct: "",
    gotap: `${figure(p50)} ms (min ${figure(Math.min(...times))})`,
    compared: "",
    peer: "",
    budget: budgetMs === undefined ? "" : `≤ ${budgetMs} ms`,
    kept: budgetMs === undefined ? undefined : p50 <= budgetMs,
  };
}

async function timed(what: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAtMs = performance.now();
    await what();
    times.push(performance.now() - startedAtMs);
  }
  return times;
}

/** The daemon's start with a CA that exists, `gotap env`, and what `gotap run` costs before and after its child. */
export async function startUp(world: World): Promise<Row[]> {
  const first = await world.daemon();
  const { gotap } = first;
  const env = await timed(() => gotap.read("env"));
  await first.stop();
  const ready: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedAtMs = performance.now();
    const daemon = await startDaemon(gotap);
    ready.push(performance.now() - startedAtMs);
    await daemon.stop();
  }
  const run = await timed(() => gotap.read("run", "-q", "--", "true"));
  const version = await timed(() => gotap.read("--version"));
  return [
    row("daemon ready after start", ready, 400),
    row("gotap env", env, 200),
    row("gotap run -- true", run, undefined),
    row("gotap --version (node's own start)", version, undefined),
  ];
}

/** `gotap show` of a session with 10,000 spans. */
export async function show(world: World): Promise<Row> {
  const origin = await world.origin({ delayMs: 0 });
  const daemon = await world.daemon();
  // A warm request has four spans: SERVER, CLIENT, wait, receive.
  await world.load({
    protocol: "h2",
    proxyPort: daemon.port,
    port: origin.port,
    hosts: [NAME],
    path: "/small",
    requests: 2500,
    atOnce: 8,
    ca: readFileSync(daemon.ca, "utf8"),
    fresh: false,
  });
  await daemon.stop();
  const trace = await waitFor("10,000 spans", async () => {
    const shown = await daemon.gotap.show();
    return shown.spans.length >= 10_000 && shown;
  });
  const times = await timed(() => daemon.gotap.read("show", "last"));
  return row(
    `gotap show of ${trace.spans.length.toLocaleString("en-US")} spans`,
    times,
    300,
  );
}
