import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * GOMODCACHE as go would find it in this environment, without running go: the variable, the `go env -w` file, GOROOT/go.env where
 * GOROOT is set, the first folder of GOPATH, `$HOME/go/pkg/mod` (cmd/go/internal/cfg). Never rejects.
 * @returns undefined where go would have none, or refuses a relative one
 */
export async function gomodcacheOf(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): Promise<string | undefined> {
  const user = await readEnvFile(userFileOf(env, platform));
  const goroot = env["GOROOT"] || user.get("GOROOT");
  const shipped = await readEnvFile(goroot && join(goroot, "go.env"));
  const setting = (name: string): string | undefined =>
    env[name] || (user.get(name) ?? shipped.get(name)) || undefined;
  const folder =
    setting("GOMODCACHE") ?? belowGopath(setting("GOPATH"), env, platform);
  return folder !== undefined && isAbsolute(folder) ? folder : undefined;
}

function belowGopath(
  gopath: string | undefined,
  env: Environment,
  platform: NodeJS.Platform,
): string | undefined {
  const home = env[platform === "win32" ? "USERPROFILE" : "HOME"];
  const [first] = (gopath ?? (home ? join(home, "go") : "")).split(
    platform === "win32" ? ";" : ":",
  );
  return first ? join(first, "pkg", "mod") : undefined;
}

/** GOENV, else `go/env` in the user's configuration folder (os.UserConfigDir). */
function userFileOf(
  env: Environment,
  platform: NodeJS.Platform,
): string | undefined {
  const named = env["GOENV"];
  if (named) return named === "off" ? undefined : named;
  const folder = configFolder(env, platform);
  return folder && join(folder, "go", "env");
}

function configFolder(
  env: Environment,
  platform: NodeJS.Platform,
): string | undefined {
  const home = env["HOME"];
  if (platform === "win32") return env["AppData"] ?? env["APPDATA"];
  if (platform === "darwin")
    return home && join(home, "Library", "Application Support");
  const xdg = env["XDG_CONFIG_HOME"];
  // A relative one is an error to go, and it then has no file at all.
  if (xdg) return isAbsolute(xdg) ? xdg : undefined;
  return home && join(home, ".config");
}

/** NAME=value lines; the last of a name counts, and all else is passed over (readEnvFile). */
async function readEnvFile(
  file: string | undefined,
): Promise<Map<string, string>> {
  const text = file ? await readFile(file, "utf8").catch(() => "") : "";
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([A-Z][^=]*)=([^]*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, value);
  }
  return values;
}
