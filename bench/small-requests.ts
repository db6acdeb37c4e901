import { readFileSync } from "node:fs";

import type { LoadQuestion } from "./load-process.js";
import { median, pairwise, quantile } from "./stats.js";
import { figure, type Row } from "./table.js";
import { NAME, NEW_HOSTS, type World } from "./world.js";

const ROUNDS = 7;

/** Where requests of a kind go: directly, through gotap, through mitmproxy. */
interface Routes {
  direct: LoadQuestion;
  gotap: LoadQuestion;
  peer: LoadQuestion | undefined;
}

type Shape = Pick<LoadQuestion, "protocol" | "requests" | "atOnce" | "fresh">;

async function routes(world: World, shape: Shape): Promise<Routes> {
  const origin = await world.origin({ delayMs: 0 });
  const daemon = await world.daemon();
  const mitmdump = await world.mitmdump();
  const base = {
    ...shape,
    path: "/small",
    port: origin.port,
    hosts: [NAME],
    ca: world.authority.ca,
  };
  return {
    direct: base,
    gotap: {
      ...base,
      proxyPort: daemon.port,
      ca: readFileSync(daemon.ca, "utf8"),
    },
    peer:
      mitmdump === undefined
        ? undefined
        : {
            ...base,
            proxyPort: mitmdump.port,
            ca: readFileSync(mitmdump.caFile, "utf8"),
          },
  };
}

/** Added p50 of a small request on a warm connection. */
export async function warmRequest(
  world: World,
  protocol: "h2" | "http/1.1",
  budgetMs: number,
): Promise<Row> {
  const asked = await routes(world, {
    protocol,
    requests: 1500,
    atOnce: 1,
    fresh: false,
  });
  const p50 = async (question: LoadQuestion): Promise<number> =>
    quantile((await world.load(question)).latenciesMs, 0.5);
  const direct: number[] = [];
  const gotap: number[] = [];
  const peer: number[] = [];
  await p50(asked.gotap);
  for (let round = 0; round < ROUNDS; round++) {
    direct.push(await p50(asked.direct));
    gotap.push(await p50(asked.gotap));
    if (asked.peer !== undefined && round < 3)
      peer.push(await p50({ ...asked.peer, requests: 300 }));
  }
  const added = median(pairwise(gotap, direct, (a, b) => a - b));
  const peerAdded = median(peer) - median(direct);
  return {
    what: `small warm request, p50, ${protocol} client`,
    direct: `${figure(median(direct))} ms`,
    gotap: `${figure(median(gotap))} ms`,
    compared: `+${figure(added)} ms`,
    peer:
      peer.length === 0
        ? ""
        : `+${figure(peerAdded)} ms (gotap adds ${figure(added / peerAdded)} of it)`,
    budget: `≤ +${budgetMs} ms, ≤ 1/4 of mitmproxy's`,
    kept: added <= budgetMs && (peer.length === 0 || added <= peerAdded / 4),
  };
}

/** Requests a second, eight at once, an HTTP/2 client. */
export async function throughput(world: World): Promise<Row[]> {
  const shape: Shape = {
    protocol: "h2",
    requests: 8000,
    atOnce: 8,
    fresh: false,
  };
  const on = await routes(world, shape);
  const unrecorded = await world.unrecorded();
  const off: LoadQuestion = {
    ...on.gotap,
    proxyPort: unrecorded.port,
    ca: unrecorded.ca,
  };
  const rate = async (question: LoadQuestion): Promise<number> =>
    (question.requests / (await world.load(question)).totalMs) * 1000;
  const rates = {
    direct: [] as number[],
    on: [] as number[],
    off: [] as number[],
    peer: [] as number[],
  };
  await rate(on.gotap);
  await rate(off);
  for (let round = 0; round < ROUNDS; round++) {
    rates.direct.push(await rate(on.direct));
    rates.on.push(await rate(on.gotap));
    rates.off.push(await rate(off));
    if (on.peer !== undefined && round < 3)
      rates.peer.push(await rate({ ...on.peer, requests: 1000 }));
  }
  const recorded = median(rates.on);
  const peer = median(rates.peer);
  const share = median(pairwise(rates.on, rates.off, (a, b) => a / b));
  return [
    {
      what: "requests/s, 8 at once, h2 client, recorded",
      direct: figure(median(rates.direct)),
      gotap: figure(recorded),
      compared: `${figure(recorded / median(rates.direct))} ×`,
      peer:
        rates.peer.length === 0
          ? ""
          : `${figure(peer)} (gotap ${figure(recorded / peer)} ×)`,
      budget: "≥ 3,000; ≥ 8 × mitmproxy",
      kept:
        recorded >= 3000 && (rates.peer.length === 0 || recorded >= 8 * peer),
    },
    {
      what: "the same, recording on against off",
      direct: "",
      gotap: `${figure(recorded)} / ${figure(median(rates.off))}`,
      compared: `${figure(share)} ×`,
      peer: "",
      budget: "≥ 0.85 ×",
      kept: share >= 0.85,
    },
  ];
}

/** First request to a host nobody asked before: handshakes, a certificate, a dial. */
export async function newHost(world: World): Promise<Row> {
  const each = 40;
  const asked = await routes(world, {
    protocol: "h2",
    requests: each,
    atOnce: 1,
    fresh: true,
  });
  const p50 = async (question: LoadQuestion, from: number): Promise<number> =>
    quantile(
      (
        await world.load({
          ...question,
          hosts: NEW_HOSTS.slice(from, from + each),
        })
      ).latenciesMs,
      0.5,
    );
  const direct: number[] = [];
  const gotap: number[] = [];
  const peer: number[] = [];
  for (let round = 0; round < 8; round++) {
    direct.push(await p50(asked.direct, round * each));
    gotap.push(await p50(asked.gotap, round * each));
    if (asked.peer !== undefined && round < 3)
      peer.push(await p50(asked.peer, round * each));
  }
  const added = median(pairwise(gotap, direct, (a, b) => a - b));
  return {
    what: "first request to a new host, p50",
    direct: `${figure(median(direct))} ms`,
    gotap: `${figure(median(gotap))} ms`,
    compared: `+${figure(added)} ms`,
    peer:
      peer.length === 0 ? "" : `+${figure(median(peer) - median(direct))} ms`,
    budget: "≤ +5 ms",
    kept: added <= 5,
  };
}
