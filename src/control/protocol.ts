import type { BreakerSnapshot } from "../model/breaker.js";
import type { TraceRecords } from "../model/trace.js";

// What goes over the control socket: HTTP/1.1 with JSON bodies, between processes of one user on one machine. Every answer,
// errors included, is an object with the `version` of the gotap that gave it.

/** `GET /status` */
export interface DaemonStatus {
  version: string;
  pid: number;
  kind: "daemon" | "run";
  /** `127.0.0.1:9090`, `[::1]:9090`: the first one is the one to advertise. */
  listen: string[];
  /** RFC 3339, UTC. */
  startedAt: string;
  caFile: string;
  /** Absent where the history is kept in memory. */
  storeFile?: string;
  /** For a person: `ok`, or why there is no history on disk. */
  storeState: string;
  openRequests: number;
  openTunnels: number;
  sessions: SessionStatus[];
  /** `host:port`, never credentials. */
  upstreamProxy?: string;
}

interface SessionStatus {
  sessionId: string;
  command: string;
  pid?: number;
  /** Requests that are open. */
  open: number;
}

/** The variables that name a file of trusted certificates. */
export const BUNDLE_VARIABLES = [
  "SSL_CERT_FILE",
  "GIT_SSL_CAINFO",
  "CURL_CA_BUNDLE",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "PIP_CERT",
] as const;

type BundleVariable = (typeof BUNDLE_VARIABLES)[number];

/** Absolute file names. */
export type BundleFiles = Partial<Record<BundleVariable, string>>;

/** `POST /bundles`: the merged bundles that take the place of `previous`, and hold what those held. */
export interface BundleRequest {
  /** What each variable names now; absent where it is not set. */
  previous: BundleFiles;
}

export interface BundleAnswer {
  files: BundleFiles;
}

/** `POST /runs`: a `gotap run --attach` begins. */
export interface RunRegistration {
  command: string[];
  cwd: string;
  /** Of the `gotap run` that asks. */
  pid: number;
  /** W3C Trace Context, as it stood in the environment. */
  traceparent?: string;
  /** False: everything of this run is tunnelled. */
  intercept: boolean;
  /** A proxy URL that becomes the upstream of this run, for each scheme; may hold credentials. Absent: the daemon's own. */
  upstream?: { https?: string; http?: string };
  /** The user's NO_PROXY, applied on the upstream side. */
  noProxy?: string;
  /** GOINSECURE of the child's environment and of go's own files. */
  goInsecure?: string;
}

export interface RunTicket {
  runId: string;
  /** The password of the proxy's URL. */
  token: string;
  traceId: string;
  /** The run's span: the parent of its sessions, for TRACEPARENT. */
  spanId: string;
  /** Of the proxy: `127.0.0.1:9090`. */
  listen: string;
}

/** `POST /runs/ID/end` */
export interface RunEnd {
  exitCode?: number;
  /** Whose exit code it is: a session of that process gets it too. */
  childPid?: number;
  /** `SIGKILL` */
  signal?: string;
}

/** The answer to `POST /runs/ID/end` and `GET /runs/ID`. */
export interface RunReport {
  records: TraceRecords;
}

/** The answer to `GET /breakers` and `POST /breakers/reset`: all of them, by name. */
export interface BreakerList {
  breakers: BreakerSnapshot[];
}

/** `POST /breakers/open` and `POST /breakers/close`; the answer is that breaker afterwards. */
export interface BreakerChoice {
  /** Its name, or a beginning of it that no other has. */
  name: string;
}

export interface BreakerAnswer {
  breaker: BreakerSnapshot;
}

/** Any answer that is not 2xx. */
export interface ControlProblem {
  version: string;
  error: { code: string; message: string; hint?: string };
}
