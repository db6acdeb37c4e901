import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { holds } from "./pem.js";

/** Larger files are no bundle that a client names; a process's environment may name anything. */
const MAX_BYTES = 8 * 2 ** 20;
const MAX_FILES = 1000;

export interface ClientEnvironment {
  /** git looks at GIT_SSL_CAINFO and GIT_SSL_CAPATH; go and gopls at SSL_CERT_FILE and SSL_CERT_DIR. */
  program: "go" | "git";
  env: Readonly<Record<string, string | undefined>>;
  /** Relative names start here. */
  cwd: string;
}

/**
 * Whether what a client's environment names holds this CA. Reads off the event loop, the named file first.
 * @param fingerprint256 `AA:BB:…`
 * @returns undefined when the environment names nothing: then the system's store decides (`isInSystemStore`), as it also may
 *   where this is false, because go reads the system's folders beside SSL_CERT_FILE. Never throws.
 */
export async function environmentHolds(
  client: ClientEnvironment,
  fingerprint256: string,
): Promise<boolean | undefined> {
  const { env, cwd, program } = client;
  const file = program === "git" ? env["GIT_SSL_CAINFO"] : env["SSL_CERT_FILE"];
  const folders =
    program === "git" ? env["GIT_SSL_CAPATH"] : env["SSL_CERT_DIR"];
  if (!file && !folders) return undefined;
  if (file && (await fileHolds(resolve(cwd, file), fingerprint256)))
    return true;
  for (const folder of (folders ?? "").split(":").filter(Boolean)) {
    const path = resolve(cwd, folder);
    const names = await readdir(path).catch(() => []);
    for (const name of names.slice(0, MAX_FILES))
      if (await fileHolds(join(path, name), fingerprint256)) return true;
  }
  return false;
}

async function fileHolds(
  path: string,
  fingerprint256: string,
): Promise<boolean> {
  try {
    const { size, isFile } = await sizeOf(path);
    if (!isFile || size > MAX_BYTES) return false;
    return holds(await readFile(path, "utf8"), fingerprint256);
  } catch {
    return false;
  }
}

/** A FIFO or a device would be read for ever. */
async function sizeOf(path: string) {
  const found = await stat(path);
  return { size: found.size, isFile: found.isFile() };
}
