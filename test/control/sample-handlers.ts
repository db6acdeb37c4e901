import type { ControlHandlers } from "../../src/control/handlers.js";
import type { BreakerSnapshot } from "../../src/model/breaker.js";
import type { DaemonStatus } from "../../src/control/protocol.js";

export function sampleStatus(
  changes: Partial<DaemonStatus> = {},
): DaemonStatus {
  return {
    version: "1.2.3",
    pid: process.pid,
    kind: "daemon",
    listen: ["127.0.0.1:9090", "[::1]:9090"],
    startedAt: "2026-01-02T03:04:05.678Z",
    caFile: "/somewhere/ca.pem",
    storeState: "ok",
    openRequests: 2,
    openTunnels: 1,
    sessions: [
      { sessionId: "0011223344556677", command: "go mod download", open: 2 },
    ],
    ...changes,
  };
}

export function sampleBreaker(
  changes: Partial<BreakerSnapshot> = {},
): BreakerSnapshot {
  return {
    name: "goproxy.cn:443 modules",
    state: "closed",
    since: "2026-01-02T03:04:05.678Z",
    forced: false,
    failures_in_row: 0,
    attempts: 12,
    failed: 1,
    ...changes,
  };
}

/** Answers that a test can recognise. */
export function sampleHandlers(
  changes: Partial<ControlHandlers> = {},
): ControlHandlers {
  const report = (traceId: string) => ({
    records: { traceId, sessions: [], exchanges: [] },
  });
  return {
    status: () => sampleStatus(),
    stop() {},
    bundles: (previous) => ({
      ...previous,
      SSL_CERT_FILE: "/bundles/merged.pem",
    }),
    beginRun: () => ({
      runId: "00000000000000aa",
      token: "secret",
      traceId: "f".repeat(32),
      spanId: "e".repeat(16),
      listen: "127.0.0.1:9090",
    }),
    endRun: (runId) => (runId === "gone" ? undefined : report(runId)),
    run: (runId) => (runId === "gone" ? undefined : report(runId)),
    breakers: () => [sampleBreaker()],
    openBreaker: (name) =>
      sampleBreaker({ name, state: "open", forced: true, rule: "by hand" }),
    closeBreaker: (name) => sampleBreaker({ name }),
    resetBreakers: () => [sampleBreaker()],
    ...changes,
  };
}
