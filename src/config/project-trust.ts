import { createHash, randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { z } from "zod";

import { GotapError } from "../model/failure.js";
import { type FileLayer, readFileLayer } from "./file-layer.js";

const pin = z.strictObject({
  file: z.string(),
  sha256: z.string().regex(/^[\da-f]{64}$/),
});
const trusted = pin.extend({
  /** RFC 3339. */
  trusted_at: z.string(),
  /** The root certificates that it names: with other bytes in them it would be another file. */
  roots: z.array(pin),
});
const trustBook = z.strictObject({ trusted: z.array(trusted) });

/** A project's file that counts in full while its bytes, and those of the roots that it names, are these. */
export type TrustedFile = z.output<typeof trusted>;

/** What `gotap config trust` has pinned. @throws GotapError TRUST_UNREADABLE */
export function trustedFiles(trustFile: string): TrustedFile[] {
  try {
    const text = readFileSync(trustFile, "utf8");
    return trustBook.parse(JSON.parse(text)).trusted;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new GotapError(
      "TRUST_UNREADABLE",
      `${trustFile} cannot be read, so no project's file is trusted`,
      "remove it, and trust the files anew: gotap config trust FILE",
      1,
      { cause: error },
    );
  }
}

/**
 * Pins a project's file as it is now: from then on all of it counts, until it changes.
 * @throws GotapError TRUST_FILE where it is no project's file or is not there; what readFileLayer throws; TRUST_NOT_WRITABLE
 */
export function trustProjectFile(
  trustFile: string,
  file: string,
  now: Date,
): { entry: TrustedFile; layer: FileLayer } {
  if (basename(file) !== "gotap.toml")
    throw new GotapError(
      "TRUST_FILE",
      `${file} is no project's file: those are called gotap.toml`,
      "a file that is yours counts in full where you name it: --config FILE or GOTAP_CONFIG",
      2,
    );
  const layer = readFileLayer(file);
  if (layer === undefined)
    throw new GotapError(
      "TRUST_FILE",
      `there is no file ${file}`,
      "go to the project's folder, or name its file: gotap config trust FILE",
      2,
    );
  const entry: TrustedFile = {
    file: placeOf(file),
    sha256: layer.sha256,
    trusted_at: now.toISOString(),
    roots: rootsOf(layer).map((root) => ({ file: root, sha256: hashOf(root) })),
  };
  const others = trustedFiles(trustFile).filter(
    (other) => other.file !== entry.file,
  );
  write(trustFile, [...others, entry]);
  return { entry, layer };
}

/** @returns whether it was trusted before */
export function distrustProjectFile(trustFile: string, file: string): boolean {
  const before = trustedFiles(trustFile);
  const after = before.filter((entry) => entry.file !== placeOf(file));
  if (after.length === before.length) return false;
  write(trustFile, after);
  return true;
}

/** What is to be thought of a project's file as it was read. @param book of `trustedFiles` */
export function trustIn(
  file: string,
  layer: FileLayer,
  book: readonly TrustedFile[],
): { trusted: true } | { trusted: false; changed?: string } {
  const entry = book.find((each) => each.file === placeOf(file));
  if (entry === undefined) return { trusted: false };
  if (entry.sha256 !== layer.sha256) return { trusted: false, changed: file };
  const root = entry.roots.find(
    (each) => currentHash(each.file) !== each.sha256,
  );
  return root === undefined
    ? { trusted: true }
    : { trusted: false, changed: root.file };
}

/** The first file whose bytes are no longer those that were pinned, or that is gone: what is trusted does not count then. */
export function changedSince({
  file,
  sha256,
  roots,
}: TrustedFile): string | undefined {
  return [{ file, sha256 }, ...roots].find(
    (each) => currentHash(each.file) !== each.sha256,
  )?.file;
}

/** One name for a file, however its folder is reached: what it names is relative to that folder. */
function placeOf(file: string): string {
  const path = resolve(file);
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path; // Gone: it can still be distrusted by the name that it had.
  }
}

function rootsOf({ values }: FileLayer): string[] {
  return (values["tls"] as { ca?: string[] } | undefined)?.ca ?? [];
}

function hashOf(file: string): string {
  const hash = currentHash(file);
  if (hash !== undefined) return hash;
  throw new GotapError(
    "TRUST_FILE",
    `[tls] ca names ${file}, which cannot be read`,
    "its bytes are pinned too: mend the name, then trust the file",
  );
}

function currentHash(file: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and for this user alone: whoever writes there chooses this machine's roots. */
function write(trustFile: string, entries: readonly TrustedFile[]): void {
  const beside = `${trustFile}.${randomBytes(4).toString("hex")}.new`;
  try {
    mkdirSync(dirname(trustFile), { recursive: true, mode: 0o700 });
    const descriptor = openSync(beside, "wx", 0o600);
    try {
      const text = JSON.stringify({ trusted: entries }, undefined, 2);
      writeSync(descriptor, `${text}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, trustFile);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new GotapError(
      "TRUST_NOT_WRITABLE",
      `cannot write ${trustFile}: ${(error as Error).message}`,
      "make its folder writable, or set GOTAP_HOME to a folder of your own",
      1,
      { cause: error },
    );
  }
}
