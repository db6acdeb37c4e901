import type { Authority } from "../../certs/authority.js";
import type { ControlHandlers } from "../control/handlers.js";
import type { DaemonStatus, RunReport } from "../control/protocol.js";
import type { Log } from "../model/log.js";
import type { TraceRecords } from "../model/trace.js";
import { mergedBundles } from "./bundles.js";
import type { Gotap } from "./gotap.js";

export interface ControlOptions {
  gotap: Gotap;
  kind: "daemon" | "run";
  version: string;
  authority: Authority;
  bundlesDir: string;
  storeFile: string;
  /** `host:port` of the proxy in front of us. */
  upstreamProxy: string | undefined;
  startedAt: Date;
  log: Log;
  stop(timeoutMs: number): void;
}

/** What commands can ask of a running gotap. */
export function controlHandlers(options: ControlOptions): ControlHandlers {
  const { authority, bundlesDir, gotap, log } = options;
  const { breakers } = gotap;
  return {
    status: () => statusOf(options),
    stop: (timeoutMs) => {
      options.stop(timeoutMs);
    },
    bundles: (previous) => mergedBundles(authority, bundlesDir, previous, log),
    beginRun(registration) {
      const { record, token } = gotap.beginRun(registration);
      const { runId, traceId, spanId } = record;
      return {
        runId,
        token,
        traceId,
        spanId,
        listen: listenTexts(gotap)[0] ?? "",
      };
    },
    endRun: async (runId, end) => report(await gotap.endRun(runId, end)),
    run: async (runId) => report(await gotap.runRecords(runId)),
    breakers: () => breakers.snapshot(),
    openBreaker: (name) => breakers.open(name),
    closeBreaker: (name) => breakers.close(name),
    resetBreakers() {
      breakers.reset();
      return breakers.snapshot();
    },
  };
}

function report(records: TraceRecords | undefined): RunReport | undefined {
  return records === undefined ? undefined : { records };
}

function statusOf(options: ControlOptions): DaemonStatus {
  const { gotap, authority, storeFile, upstreamProxy } = options;
  const { state, detail } = gotap.recorder.storeState();
  const { requests, tunnels } = gotap.open();
  return {
    version: options.version,
    pid: process.pid,
    kind: options.kind,
    listen: listenTexts(gotap),
    startedAt: options.startedAt.toISOString(),
    caFile: authority.certFile,
    ...(state === "sqlite" ? { storeFile } : {}),
    storeState: detail ?? "ok",
    openRequests: requests,
    openTunnels: tunnels,
    sessions: gotap.sessions.open(),
    ...(upstreamProxy === undefined ? {} : { upstreamProxy }),
  };
}

/** `127.0.0.1:9090`, `[::1]:9090`. */
export function listenTexts({ addresses }: Pick<Gotap, "addresses">): string[] {
  return addresses.map(
    ({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`,
  );
}
