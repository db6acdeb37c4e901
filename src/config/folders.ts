import { createHash } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import envPaths from "env-paths";

/** gotap's own folders and files: absolute paths, none of them made yet. */
export interface Folders {
  data: string;
  /** Holds the user's config.toml. */
  config: string;
  state: string;
  /** Holds one control socket for each running daemon and run. */
  runtime: string;
  caDir: string;
  storeFile: string;
  logFile: string;
  /** Merged trust bundles. */
  bundlesDir: string;
  /** What `gotap config trust` has pinned. */
  trustFile: string;
}

/** sockaddr_un holds 104 bytes on macOS, 108 on Linux; the file is `/PID.sock` with up to ten digits and a final 0. */
const LONGEST_RUNTIME = 104 - "/4194304000.sock".length - 1;

/**
 * Where gotap keeps what is its own, by the environment alone: `GOTAP_HOME` moves all of it; else the XDG variables where
 * they are absolute (the XDG base directory specification says to ignore others), else what the system's users expect.
 */
export function foldersOf(env: NodeJS.ProcessEnv): Folders {
  const bases = baseFolders(env);
  return {
    ...bases,
    caDir: join(bases.data, "ca"),
    storeFile: join(bases.data, "traces.db"),
    logFile: join(bases.state, "daemon.log"),
    bundlesDir: join(bases.data, "bundles"),
    trustFile: join(bases.data, "trusted.json"),
  };
}

type Bases = Pick<Folders, "data" | "config" | "state" | "runtime">;

function baseFolders(env: NodeJS.ProcessEnv): Bases {
  const home = env["GOTAP_HOME"];
  if (home !== undefined && home !== "") {
    const root = resolve(home);
    return {
      data: join(root, "data"),
      config: join(root, "config"),
      state: join(root, "state"),
      runtime: shortEnough(join(root, "run")),
    };
  }
  const usual = usualFolders(env);
  const data = xdgFolder(env["XDG_DATA_HOME"]) ?? usual.data;
  return {
    data,
    config: xdgFolder(env["XDG_CONFIG_HOME"]) ?? usual.config,
    state: xdgFolder(env["XDG_STATE_HOME"]) ?? usual.log,
    runtime: shortEnough(runtimeFolder(env) ?? join(data, "run")),
  };
}

function usualFolders(
  env: NodeJS.ProcessEnv,
): Record<"data" | "config" | "log", string> {
  if (process.platform === "darwin" || process.platform === "win32")
    return envPaths("gotap", { suffix: "" });
  // env-paths reads the process's own environment here, and a caller may have handed in another one.
  const home = env["HOME"];
  const user =
    home !== undefined && isAbsolute(home) ? home : resolve(homedir());
  return {
    data: join(user, ".local", "share", "gotap"),
    config: join(user, ".config", "gotap"),
    log: join(user, ".local", "state", "gotap"),
  };
}

function xdgFolder(base: string | undefined): string | undefined {
  return base !== undefined && isAbsolute(base)
    ? join(base, "gotap")
    : undefined;
}

/** Undefined also where the variable was left over from another user (`su`) or names a folder that is not there. */
function runtimeFolder(env: NodeJS.ProcessEnv): string | undefined {
  const base = env["XDG_RUNTIME_DIR"];
  if (base === undefined || !isAbsolute(base)) return undefined;
  try {
    accessSync(base, constants.W_OK | constants.X_OK);
  } catch {
    return undefined;
  }
  return join(base, "gotap");
}

/** A socket whose path is too long cannot be bound: such a folder gets a short stand-in, the same at each call. */
function shortEnough(folder: string): string {
  if (Buffer.byteLength(folder) <= LONGEST_RUNTIME) return folder;
  const mark = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  return join(shortTemporaryFolder(), `gotap-${userName()}-${mark}`);
}

function shortTemporaryFolder(): string {
  return process.platform === "win32" ? tmpdir() : "/tmp";
}

function userName(): string {
  return process.getuid === undefined
    ? userInfo().username
    : String(process.getuid());
}
