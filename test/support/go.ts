import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

import { runChild, type ChildResult } from "./child.js";
import { makeFolder, removeFolder } from "./temp-folder.js";

/** A machine of its own for go and git: HOME, GOPATH, module cache and build cache are new, and nothing of the user's counts. */
export interface GoSandbox {
  folder: string;
  home: string;
  modCache: string;
  /** A complete environment, never `process.env`: hand it to gotap or to go. */
  env: NodeJS.ProcessEnv;
  /** A new folder for a main module. */
  project(name?: string): string;
  /** Runs the real go, without gotap. */
  go(
    args: readonly string[],
    cwd: string,
    env?: NodeJS.ProcessEnv,
  ): Promise<ChildResult>;
  remove(): void;
}

/**
 * @param env on top: `GOPROXY`, `GOSUMDB`, … GOSUMDB is off unless it is given
 */
export function makeGoSandbox(env: NodeJS.ProcessEnv = {}): GoSandbox {
  const folder = makeFolder("go");
  const home = join(folder, "home");
  const modCache = join(folder, "modcache");
  for (const path of [home, modCache]) mkdirSync(path);
  const all: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: home,
    GOPATH: join(folder, "gopath"),
    GOMODCACHE: modCache,
    GOCACHE: join(folder, "gocache"),
    GOFLAGS: "-modcacherw",
    GOTOOLCHAIN: "local",
    GOENV: join(home, "goenv"),
    GOSUMDB: "off",
    GOTELEMETRY: "off",
    GIT_CONFIG_NOSYSTEM: "1",
    LC_ALL: "C",
    ...env,
  };
  let projects = 0;
  return {
    folder,
    home,
    modCache,
    env: all,
    project(name = `project${projects++}`) {
      const path = join(folder, name);
      mkdirSync(path);
      return path;
    },
    go: (args, cwd, more = {}) =>
      runChild("go", args, { cwd, env: { ...all, ...more } }),
    remove: () => removeFolder(folder),
  };
}

/** SHA-256 of every file under a module cache's `cache/download`, by path: what a download left behind. Lock files left out. */
export function downloadHashes(modCache: string): Record<string, string> {
  const root = join(modCache, "cache", "download");
  const result: Record<string, string> = {};
  for (const entry of readdirSync(root, {
    recursive: true,
    withFileTypes: true,
  })) {
    if (
      !entry.isFile() ||
      entry.name.endsWith(".lock") ||
      entry.name === "lock"
    )
      continue;
    const path = join(entry.parentPath, entry.name);
    result[relative(root, path)] = createHash("sha256")
      .update(readFileSync(path))
      .digest("hex");
  }
  return result;
}
