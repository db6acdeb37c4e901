import { writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Span } from "../../src/model/span.js";
import type { TraceRow } from "../../src/model/trace.js";
import {
  runChild,
  startChild,
  type ChildOptions,
  type ChildResult,
  type RunningChild,
} from "./child.js";
import { makeFolder, removeFolder } from "./temp-folder.js";
import { GOTAP_MAIN } from "./tools.js";
import { waitFor } from "./wait-for.js";

/** One object of `gotap show --json` (SPEC §3). */
export interface ShownTrace {
  trace_id: string;
  session_id: string | null;
  run_id: string | null;
  command: string;
  started_at: string;
  duration_ms: number;
  exit_code: number | null;
  spans: Span[];
}

type Table = Record<string, string | number>;

export interface GotapConfig {
  /** Host name to address. */
  resolve?: Record<string, string>;
  /** Root certificate files. */
  ca?: readonly string[];
  /** `{ first_byte: "2s" }` */
  timeouts?: Record<string, string>;
  retry?: Table;
  breaker?: Table;
  health?: Table;
  mirrors?: readonly { for: string; urls: readonly string[] }[];
  upstreams?: readonly {
    name: string;
    url: string;
    for?: readonly string[];
  }[];
  /** More TOML, at the top: before every table. */
  top?: string;
}

/** gotap with folders of its own (`GOTAP_HOME`) and a configuration file, run as its users run it: as a program. */
export class Gotap {
  readonly folder = makeFolder("home");
  readonly home = join(this.folder, "gotap");
  readonly configFile = join(this.folder, "config.toml");

  constructor(config: GotapConfig = {}) {
    this.configure(config);
  }

  configure(config: GotapConfig): void {
    writeFileSync(this.configFile, toToml(config));
  }

  /** Added to the environment of every call. */
  env(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    return { ...env, GOTAP_HOME: this.home, GOTAP_CONFIG: this.configFile };
  }

  start(args: readonly string[], options: ChildOptions): RunningChild {
    return startChild(process.execPath, [GOTAP_MAIN, ...args], {
      ...options,
      env: this.env(options.env),
    });
  }

  run(args: readonly string[], options: ChildOptions): Promise<ChildResult> {
    return this.start(args, options).done;
  }

  /** Runs a command that only reads. @throws Error with its stderr when it fails */
  async read(...args: readonly string[]): Promise<string> {
    const env = { PATH: process.env["PATH"], HOME: this.folder };
    const result = await runChild(process.execPath, [GOTAP_MAIN, ...args], {
      env: this.env(env),
      cwd: this.folder,
    });
    if (result.code !== 0)
      throw new Error(
        `gotap ${args.join(" ")} ended with ${result.code}:\n${result.stderr}`,
      );
    return result.stdout;
  }

  /** Newest first. */
  async traces(): Promise<TraceRow[]> {
    const text = await this.read("traces", "--json");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as TraceRow);
  }

  async show(trace = "last"): Promise<ShownTrace> {
    return JSON.parse(await this.read("show", trace, "--json")) as ShownTrace;
  }

  /** The trace of the only run in the store, whole. @throws Error when there is none, or more than one */
  async onlyRun(): Promise<ShownTrace> {
    const runs = new Set((await this.traces()).map((row) => row.run_id));
    const [run] = runs;
    if (runs.size !== 1 || run === undefined || run === null)
      throw new Error(`one run was expected, found ${[...runs].join(", ")}`);
    return this.show(run);
  }

  remove(): void {
    removeFolder(this.folder);
  }
}

export interface RunningDaemon {
  child: RunningChild;
  port: number;
  /** The line it said when it was ready. */
  readyLine: string;
  /** SIGTERM, and waits for its end. */
  stop(): Promise<ChildResult>;
}

/** `gotap daemon` on a free port; resolves when it said that it is ready. @throws Error with what it said when it ends before */
export async function startDaemon(
  gotap: Gotap,
  options: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<RunningDaemon> {
  const env = options.env ?? { PATH: process.env["PATH"], HOME: gotap.folder };
  const child = gotap.start(
    [
      "daemon",
      "--listen",
      "127.0.0.1:0",
      "--config",
      gotap.configFile,
      ...(options.args ?? []),
    ],
    { env, cwd: gotap.folder },
  );
  const readyLine = await Promise.race([
    child.done.then((result): never => {
      throw new Error(
        `the daemon ended with ${result.code}: ${result.stdout}${result.stderr}`,
      );
    }),
    waitFor(
      "the daemon's ready line",
      () =>
        /^.*127\.0\.0\.1:\d+.*$/m.exec(child.stdout() + child.stderr())?.[0],
    ),
  ]);
  return {
    child,
    port: Number(/127\.0\.0\.1:(\d+)/.exec(readyLine)?.[1]),
    readyLine,
    stop() {
      child.signal("SIGTERM");
      return child.done;
    },
  };
}

function toToml(config: GotapConfig): string {
  const pairs = (values: object): string =>
    Object.entries(values)
      .map(
        ([key, value]) => `${JSON.stringify(key)} = ${JSON.stringify(value)}\n`,
      )
      .join("");
  const table = (name: string, values: object | undefined): string =>
    values === undefined ? "" : `[${name}]\n${pairs(values)}`;
  const list = (name: string, entries: readonly object[] = []): string =>
    entries.map((entry) => `[[${name}]]\n${pairs(entry)}`).join("");
  return [
    `${config.top ?? ""}\n`,
    table("timeouts", config.timeouts),
    table("retry", config.retry),
    table("breaker", config.breaker),
    table("health", config.health),
    table("resolve", config.resolve),
    table("tls", config.ca === undefined ? undefined : { ca: config.ca }),
    list("mirror", config.mirrors),
    list("upstream", config.upstreams),
  ].join("");
}
