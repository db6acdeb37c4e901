import { execFile } from "node:child_process";

import type { Log } from "../model/log.js";

export interface GitHttpSettings {
  /** `http.proxy` */
  proxy?: string;
  /** `http.sslCAInfo`, `~` expanded. */
  sslCaInfo?: string;
  /** URLs with a proxy of their own, which beats all that gotap can set (FACTS G22). */
  passedBy?: string[];
}

const LIMIT_MS = 1000;

/** One line for each URL of which git's requests will not be seen. */
export function sayPassedBy(
  { passedBy = [] }: GitHttpSettings,
  log: Log,
): void {
  for (const url of passedBy)
    log.notice(
      `git proxy ${url}`,
      `git's own http.${url}.proxy leads past gotap: those requests are not seen`,
    );
}

/** What git's configuration says for every URL, as seen from a folder; empty without git, and after a second without an answer. */
export function gitHttpSettings(
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<GitHttpSettings> {
  return new Promise((resolve) => {
    execFile(
      "git",
      [
        "config",
        "--null",
        "--path",
        "--get-regexp",
        "^http\\.(.*\\.proxy|proxy|sslcainfo)$",
      ],
      { env, cwd, timeout: LIMIT_MS, killSignal: "SIGKILL" },
      (error, stdout) => resolve(error === null ? parsed(stdout) : {}),
    );
  });
}

/** `key LF value NUL`, in the order of precedence: the last one counts. */
function parsed(output: string): GitHttpSettings {
  const settings: GitHttpSettings = {};
  for (const entry of output.split("\0")) {
    const [key, value = ""] = entry.split("\n");
    const url = /^http\.(.*)\.proxy$/s.exec(key ?? "")?.[1];
    // Also an empty one: past every proxy.
    if (url !== undefined)
      (settings.passedBy ??= []).push(url.replace(/\/\/[^/]*@/, "//"));
    if (value === "" || url !== undefined) continue;
    if (key === "http.proxy") settings.proxy = value;
    if (key === "http.sslcainfo") settings.sslCaInfo = value;
  }
  return settings;
}
