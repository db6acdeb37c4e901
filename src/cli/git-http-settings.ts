import { execFile } from "node:child_process";

export interface GitHttpSettings {
  /** `http.proxy` */
  proxy?: string;
  /** `http.sslCAInfo`, `~` expanded. */
  sslCaInfo?: string;
}

const LIMIT_MS = 1000;

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
        "^http\\.(proxy|sslcainfo)$",
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
    if (value === "") continue;
    if (key === "http.proxy") settings.proxy = value;
    if (key === "http.sslcainfo") settings.sslCaInfo = value;
  }
  return settings;
}
