import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { runBounded } from "./bounded-command.js";

/** What `go env` is asked for: the settings that change what go fetches and from where. */
const GO_SETTINGS = [
  "GOPROXY",
  "GOPRIVATE",
  "GONOPROXY",
  "GONOSUMDB",
  "GOSUMDB",
  "GOINSECURE",
  "GOFLAGS",
  "GOMODCACHE",
  "GOTOOLCHAIN",
  "GOAUTH",
  "GOVCS",
  "GOVERSION",
  "GOOS",
  "GOARCH",
  "GOPATH",
  "GOWORK",
  "GOMOD",
] as const;

/** Asked for to find the real GOTOOLCHAIN, and not handed out. */
const WHERE_SETTINGS_STAND = ["GOENV", "GOROOT"];
/** Not go's own; read from the environment alone. */
const GOTAP_SETTINGS = ["GOPROXY_TIMEOUT", "GOPROXY_RETRY"];
/**
 * go counts its calls in the user's home (go telemetry), and ours are none of the user's. A folder below a file cannot be
 * made, and go then counts nothing, without a word (cmd/internal/telemetry/counter).
 */
const UNCOUNTED = { TEST_TELEMETRY_DIR: join(process.execPath, "none") };
const TIMEOUT_MS = 2000;
const MAX_BYTES = 256 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

export interface GoSettingsRequest {
  /** The go of the client's process: /proc/PID/exe. */
  goBinary: string;
  /** The client's, so that its go.mod and go.work count. */
  cwd: string;
  /** The client's whole environment, so that its `go env -w` file counts. */
  env: Environment;
  /** Default 2000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export type GoSettings =
  | {
      ok: true;
      /** `go1.26.8` */
      goVersion: string;
      /** By name; what go reports as empty is absent. */
      env: Record<string, string>;
      /** Where this go stands. */
      goroot: string | undefined;
    }
  | {
      ok: false;
      reason:
        | "timeout"
        | "aborted"
        | "too-much-output"
        | "not-started"
        | "exit"
        | "not-json";
      /** One line for a person. */
      cause: string;
    };

/**
 * The settings that a go command works with, as go itself reports them (FACTS G18), without ever downloading a toolchain for
 * it (G24): some 30 ms, 2 s at most. Never throws.
 */
export async function readGoSettings(
  request: GoSettingsRequest,
): Promise<GoSettings> {
  const { goBinary, cwd, env, signal } = request;
  const result = await runBounded({
    file: goBinary,
    args: ["env", "-json", ...GO_SETTINGS, ...WHERE_SETTINGS_STAND],
    cwd,
    env: { ...offline(env), GOTOOLCHAIN: "local", ...UNCOUNTED },
    timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    ...(signal === undefined ? {} : { signal }),
  });
  if (!result.ok) return result;
  if (result.exitCode !== 0) {
    const [line = ""] = result.stderr.trim().split("\n");
    const cause = `go env: ${line || `exit ${result.exitCode}`}`;
    return { ok: false, reason: "exit", cause };
  }
  const printed = parseSettings(result.stdout);
  if (printed === undefined)
    return { ok: false, reason: "not-json", cause: "go env printed no JSON" };
  return {
    ok: true,
    goVersion: printed["GOVERSION"] ?? "",
    env: await kept(printed, env),
    goroot: printed["GOROOT"],
  };
}

/** Without proxies, ours among them: asking for settings must not become traffic of the session that is asked about. */
function offline(env: Environment) {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) =>
        !/^(https?|all|no)_proxy$/i.test(name) &&
        // go's notes to itself about a toolchain it has just switched to; with GOTOOLCHAIN=local they contradict it.
        !name.startsWith("GOTOOLCHAIN_INTERNAL_"),
    ),
  );
}

function parseSettings(text: string): Record<string, string> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const strings = Object.entries(parsed).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return Object.fromEntries(strings);
  } catch {
    return undefined;
  }
}

async function kept(
  printed: Readonly<Record<string, string>>,
  env: Environment,
): Promise<Record<string, string>> {
  const toolchain = await configuredToolchain(printed, env);
  const settings: Record<string, string> = {};
  for (const name of GO_SETTINGS) {
    const value = name === "GOTOOLCHAIN" ? toolchain : printed[name];
    if (value !== undefined && value !== "") settings[name] = value;
  }
  for (const name of GOTAP_SETTINGS) {
    const value = env[name];
    if (value !== undefined && value !== "") settings[name] = value;
  }
  return settings;
}

/** We said `local` to ask; what counts for the session stands where go looks (cmd/go/internal/cfg: environment, GOENV, go.env). */
async function configuredToolchain(
  printed: Readonly<Record<string, string>>,
  env: Environment,
): Promise<string | undefined> {
  if (env["GOTOOLCHAIN"]) return env["GOTOOLCHAIN"];
  const files = [
    printed["GOENV"],
    printed["GOROOT"] && join(printed["GOROOT"], "go.env"),
  ];
  for (const file of files) {
    if (!file || file === "off") continue;
    const text = await readFile(file, "utf8").catch(() => "");
    const value = /^GOTOOLCHAIN=(.+?)\r?$/m.exec(text)?.[1];
    if (value !== undefined) return value;
  }
  return undefined;
}
