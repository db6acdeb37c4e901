import { runBounded } from "./bounded-command.js";

const TIMEOUT_MS = 2000;
const MAX_BYTES = 256 * 1024;

export interface GitProxySettings {
  /** `http.proxy`; empty means that git uses no proxy, whatever the environment says. Absent where it is not set. */
  proxy?: string;
  /** `http.<url>.proxy`, in the order of the files; these beat every other setting (FACTS G22). */
  perUrl: { url: string; proxy: string }[];
}

export interface GitRequest {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Default `git`, looked up in `env`'s PATH. */
  gitBinary?: string;
  /** Default 2000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

/**
 * The proxies that git's own configuration names, in its files and in `env` (GIT_CONFIG_COUNT), as seen from `cwd`.
 * @returns undefined when git is not there or does not answer in time. Never throws.
 */
export async function readGitProxySettings(
  request: GitRequest,
): Promise<GitProxySettings | undefined> {
  const result = await runBounded({
    file: request.gitBinary ?? "git",
    args: [
      "config",
      "--null",
      "--get-regexp",
      String.raw`^http\.(.*\.)?proxy$`,
    ],
    cwd: request.cwd,
    env: request.env,
    timeoutMs: request.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_BYTES,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  // Exit 1: nothing matches.
  if (!result.ok || result.exitCode > 1 || result.exitCode < 0)
    return undefined;
  return parseProxies(result.stdout);
}

/**
 * git's `http.proxy`, the last one set, as it stands there (a URL, `host:port`, perhaps with credentials).
 * @returns undefined where it is not set, set to nothing, or git does not answer. Never throws.
 */
export async function readGitProxy(
  request: GitRequest,
): Promise<string | undefined> {
  return (await readGitProxySettings(request))?.proxy || undefined;
}

/** `key LF value NUL`; a key alone is a boolean, which is no proxy. A later value of the same key replaces the earlier. */
function parseProxies(text: string): GitProxySettings {
  const perUrl = new Map<string, string>();
  let proxy: string | undefined;
  for (const entry of text.split("\0")) {
    const at = entry.indexOf("\n");
    if (at === -1) continue;
    const key = entry.slice(0, at);
    const value = entry.slice(at + 1);
    // Section and variable are lower case here, the URL between them as it was written.
    const url = key.slice("http.".length, -".proxy".length);
    if (key === "http.proxy") proxy = value;
    else perUrl.set(url, value);
  }
  return {
    perUrl: [...perUrl].map(([url, value]) => ({ url, proxy: value })),
    ...(proxy === undefined ? {} : { proxy }),
  };
}
