import { createHash, randomBytes } from "node:crypto";
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { rootCertificates } from "node:tls";

import { GotapError } from "../src/model/failure.js";
import type { Authority } from "./authority-pair.js";
import { pemCertificates } from "./pem.js";
import { GO_CERT_FILES } from "./system-roots.js";

// SSL_CERT_FILE, GIT_SSL_CAINFO and their like replace what a program trusts (FACTS G13), so what they name has to hold
// everything that was trusted before, and gotap's CA.

const SOURCE_LINE = /^# gotap: after (.*)$/m;
const SYSTEM = "the system's certificates";

export interface MergedBundle {
  /** What SSL_CERT_FILE (GIT_SSL_CAINFO, …) named before; undefined: nothing, so the system's own file counts. */
  existing: string | undefined;
  /** Candidates for the system's own, the first that can be read counts. Default: Go's list; Node's roots if there is none. */
  systemFiles?: readonly string[];
  authority: Pick<Authority, "certPem">;
  toFile: string;
}

export interface BundleResult {
  file: string;
  /** False: the file was right already and was not touched. */
  changed: boolean;
  certificates: number;
  /** `existing` could not be read. As with go, nothing takes its place: a user who narrowed the trust gets no more of it. */
  unreadable?: string;
}

/**
 * Writes what was trusted before plus gotap's CA, in one step: a reader sees the old bundle or the new one. Certificates are
 * copied byte for byte, keys never.
 * @throws GotapError TRUST_BUNDLE_NOT_WRITABLE
 */
export async function writeMergedBundle(
  request: MergedBundle,
): Promise<BundleResult> {
  const { existing, toFile } = request;
  const before =
    existing === undefined
      ? await systemText(request.systemFiles ?? GO_CERT_FILES)
      : await readOrUndefined(existing);
  const blocks = pemCertificates(
    `${before ?? ""}\n${request.authority.certPem}`,
  );
  const unique = [...new Set(blocks.map(({ pem }) => pem))];
  const text = `# gotap: after ${existing ?? SYSTEM}\n${unique.join("\n")}\n`;
  const changed = (await readOrUndefined(toFile)) !== text;
  if (changed) await writeWhole(toFile, text);
  return {
    file: toFile,
    changed,
    certificates: unique.length,
    ...(before === undefined && existing !== undefined
      ? { unreadable: existing }
      : {}),
  };
}

/**
 * The bundle that takes the place of `previousFile`, brought up to date. One file for each distinct previous value, under a
 * name that stays the same: an IDE's settings may name it for years.
 * @param request `bundlesDir` is gotap's own folder for them; `previousFile` is what the variable named before, absolute,
 *   undefined where it was not set. One of our own bundles is brought up to date and given back.
 */
export async function bundleFor(request: {
  authority: Pick<Authority, "certPem">;
  bundlesDir: string;
  previousFile: string | undefined;
}): Promise<BundleResult> {
  const { authority, bundlesDir, previousFile } = request;
  const isOurs =
    previousFile !== undefined &&
    resolve(dirname(previousFile)) === resolve(bundlesDir);
  if (isOurs) return refresh(authority, previousFile);
  return writeMergedBundle({
    existing: previousFile,
    authority,
    toFile: join(bundlesDir, `${bundleName(previousFile)}.pem`),
  });
}

/** Brings every bundle that was ever handed out up to date: after a rotation, or at the daemon's start. */
export async function refreshBundles(
  authority: Pick<Authority, "certPem">,
  bundlesDir: string,
): Promise<BundleResult[]> {
  const names = await readdir(bundlesDir).catch(() => []);
  const results: BundleResult[] = [];
  for (const name of names.filter((each) => each.endsWith(".pem")))
    results.push(await refresh(authority, join(bundlesDir, name)));
  return results;
}

function bundleName(previousFile: string | undefined): string {
  if (previousFile === undefined) return "bundle";
  const hash = createHash("sha256").update(resolve(previousFile));
  return `bundle-${hash.digest("hex").slice(0, 12)}`;
}

async function refresh(
  authority: Pick<Authority, "certPem">,
  toFile: string,
): Promise<BundleResult> {
  const source = SOURCE_LINE.exec((await readOrUndefined(toFile)) ?? "")?.[1];
  const existing = source === SYSTEM ? undefined : source;
  return writeMergedBundle({ existing, authority, toFile });
}

async function systemText(files: readonly string[]): Promise<string> {
  for (const file of files) {
    const text = await readOrUndefined(file);
    if (text !== undefined) return text;
  }
  return rootCertificates.join("\n");
}

async function readOrUndefined(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const beside = `${file}.${randomBytes(4).toString("hex")}.new`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(beside, text, { mode: 0o644, flag: "wx" });
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    throw new GotapError(
      "TRUST_BUNDLE_NOT_WRITABLE",
      `cannot write the certificate bundle ${file}: ${(error as Error).message}`,
      "make its folder writable, or set GOTAP_HOME to a folder of your own",
      1,
      { cause: error },
    );
  }
}
