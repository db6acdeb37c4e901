import type { BundleFiles, RunEnd } from "../control/protocol.js";
import type { TraceRecords } from "../model/trace.js";

export interface RunOptions {
  cold?: true;
  attach?: true;
  intercept: boolean;
  quiet?: true;
  output?: string;
  keepNoProxy?: true;
  config?: string;
}

/** A run that is ready for its child: a proxy of its own, or a daemon's. */
export interface PreparedRun {
  runId: string;
  token: string;
  traceparent: string;
  proxy: { host: string; port: number };
  bundles: BundleFiles;
  /** Whether the trace is on disk, for `gotap show`. */
  stored(): boolean;
  /** While the child runs; absent where nothing is shown. */
  startProgress?(): { close(): void };
  end(end: RunEnd): Promise<TraceRecords | undefined>;
  close(): Promise<void>;
}
