import { knownBases, type KnownBases } from "./known-bases.js";
import type { ClockAnchor, RunRecord } from "../model/record.js";
import { newSpanId, newTraceId } from "./ids.js";
import { parseTraceparent } from "./traceparent.js";
import type { Clock } from "../model/clock.js";
import { type WayOut, wayOutOf } from "./way-out.js";

/** A run begins: what `gotap run` knows of it. */
export interface RunStart {
  command: string[];
  cwd: string;
  /** Of `gotap run`. */
  pid: number;
  traceparent?: string | undefined;
  /** False: everything of this run is tunnelled. */
  intercept: boolean;
  /** Proxy URLs that were set before; absent: this process's own way out. */
  upstream?: { https?: string; http?: string } | undefined;
  noProxy?: string | undefined;
  /** GOINSECURE of the child's environment and go's own files; absent: not set. */
  goInsecure?: string | undefined;
}

/** How a run's child ended. */
export interface RunEnding {
  exitCode?: number;
  /** `SIGKILL` */
  signal?: string;
  /** The child's: a session of this very process gets its exit code. */
  childPid?: number;
}

/** A run that this process proxies for. */
export interface Run {
  record: RunRecord;
  /** The password in the proxy's URL. */
  token: string;
  intercept: boolean;
  wayOut: WayOut;
  /** Filled as sessions tell their GOPROXY. */
  bases: KnownBases;
  /** Empty where it is not set. */
  goInsecure: string;
}

/** What a run's child left behind in the background may still come. */
const FORGET_AFTER_MS = 10 * 60_000;

/** The runs of this process, by id. Ended ones are forgotten after a while: late requests of a background child still find them. */
export class RunBook {
  private readonly runs = new Map<string, Run>();

  constructor(
    private readonly clock: Clock,
    private readonly ownWayOut: WayOut,
  ) {}

  begin(start: RunStart): Run {
    const parent = parseTraceparent(start.traceparent);
    const startedAtMs = this.clock.nowMs();
    const record: RunRecord = {
      type: "run",
      runId: newSpanId(),
      traceId: parent?.traceId ?? newTraceId(),
      spanId: newSpanId(),
      command: start.command,
      cwd: start.cwd,
      pid: start.pid,
      anchor: anchorOf(this.clock),
      startedAtMs,
    };
    if (parent !== undefined) record.parentSpanId = parent.spanId;
    const run: Run = {
      record,
      token: newTraceId(),
      intercept: start.intercept,
      wayOut:
        start.upstream === undefined
          ? this.ownWayOut
          : wayOutOf({ ...start.upstream, noProxy: start.noProxy }),
      bases: knownBases(),
      goInsecure: start.goInsecure ?? "",
    };
    this.runs.set(record.runId, run);
    return run;
  }

  /** A run that is under way or over; undefined for an id that is not ours. */
  get(runId: string | undefined): Run | undefined {
    return runId === undefined ? undefined : this.runs.get(runId);
  }

  end(runId: string, end: RunEnding): Run | undefined {
    const run = this.runs.get(runId);
    if (run === undefined) return undefined;
    if (run.record.endedAtMs === undefined) {
      run.record.endedAtMs = this.clock.nowMs();
      if (end.exitCode !== undefined) run.record.exitCode = end.exitCode;
      if (end.signal !== undefined) run.record.signal = end.signal;
      this.clock.after(FORGET_AFTER_MS, () => this.runs.delete(runId));
    }
    return run;
  }
}

export function anchorOf(clock: Clock): ClockAnchor {
  const unixNano = clock.nowUnixNano();
  return { atMs: clock.nowMs(), unixNano: unixNano.toString() };
}
