import { runBounded } from "./bounded-command.js";

const TIMEOUT_MS = 2000;
const MAX_BYTES = 256 * 1024;

export interface GitSettingsRequest {
  /** Of the git process. */
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Default 2000. */
  timeoutMs?: number;
}

/**
 * All of git's `http.*` settings as a git process sees them, in the order in which the later one counts; a key without a value
 * has `undefined`. Some 5 ms, 2 s at most; empty where git is not there or does not answer. Never throws.
 */
export async function readGitHttpSettings(
  request: GitSettingsRequest,
): Promise<[key: string, value: string | undefined][]> {
  const { cwd, env, timeoutMs } = request;
  const result = await runBounded({
    file: "git",
    args: ["config", "--null", "--get-regexp", "^http\\."],
    cwd,
    env: untraced(env),
    timeoutMs: timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  });
  if (!result.ok || result.exitCode !== 0) return [];
  return result.stdout
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const at = entry.indexOf("\n");
      return at === -1
        ? [entry, undefined]
        : [entry.slice(0, at), entry.slice(at + 1)];
    });
}

/** GIT_TRACE=/some/file is for the user's own git, not for our question. */
function untraced(env: GitSettingsRequest["env"]) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^GIT_TR(?:ACE|2)/.test(name)),
  );
}
