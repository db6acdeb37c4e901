import { randomBytes, X509Certificate } from "node:crypto";
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";

import { GotapError } from "../src/model/failure.js";
import type { Log } from "../src/model/log.js";
import {
  type Authority,
  CERT_FILE,
  commonNameOf,
  CURRENT,
  readPair,
} from "./authority-pair.js";

export type { Authority } from "./authority-pair.js";

const RETIRED = "retired-";
const TRIES = 5;

export interface AuthorityOptions {
  /** Default: now. */
  now?: Date;
  log?: Log;
}

/**
 * The certificate authority in `dir`: made on first use, else loaded. Of several processes that ask at once all get the same.
 * @throws GotapError CA_NOT_WRITABLE, CA_EXPIRED, CA_NOT_YET_VALID and all of `readPair`
 */
export async function loadAuthority(
  dir: string,
  options: AuthorityOptions = {},
): Promise<Authority> {
  const now = options.now ?? new Date();
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const authority = await readSettled(dir);
    if (authority !== undefined) {
      refuseOutOfDate(authority, now);
      return authority;
    }
    // Loaded here alone: the ASN.1 code is start-up time, and a daemon's first start needs it once.
    const { createPair } = await import("./authority-creation.js");
    if (await createPair(dir, now))
      options.log?.info(`made a certificate authority in ${dir}`);
  }
  throw new GotapError(
    "CA_UNREADABLE",
    `the certificate authority in ${dir} vanishes as soon as it is made`,
    "see what removes files there, or set GOTAP_HOME to another folder",
  );
}

/** As `loadAuthority`, but makes nothing and does not look at the dates: for `gotap ca status`. */
export async function readAuthority(
  dir: string,
): Promise<Authority | undefined> {
  return readSettled(dir);
}

/**
 * Moves the pair aside, in whatever state it is, and makes a new one.
 * @returns the new authority, and the folder that now holds the old pair (undefined when there was none)
 * @throws GotapError CA_NOT_WRITABLE
 */
export async function rotateAuthority(
  dir: string,
  options: AuthorityOptions = {},
): Promise<{ authority: Authority; retiredTo?: string }> {
  const now = options.now ?? new Date();
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  const retiredTo = join(
    dir,
    `${RETIRED}${stamp}-${randomBytes(3).toString("hex")}`,
  );
  try {
    await rename(join(dir, CURRENT), retiredTo);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return { authority: await loadAuthority(dir, options) };
    throw new GotapError(
      "CA_NOT_WRITABLE",
      `cannot move the old certificate authority aside: ${(error as Error).message}`,
      `make ${dir} writable for this user`,
      1,
      { cause: error },
    );
  }
  return { authority: await loadAuthority(dir, options), retiredTo };
}

/** One of this machine's CAs, without its key. */
export interface OwnCertificate {
  name: string;
  certFile: string;
  fingerprint256: string;
  /** SHA-1 as `AA:BB:…`: macOS and Windows name a certificate in their stores by it. */
  fingerprint1: string;
  notAfter: Date;
  state: "current" | "retired";
}

/** Every CA that was ever made in `dir` and is still there, the current one first. What cannot be read is left out. */
export async function ownCertificates(dir: string): Promise<OwnCertificate[]> {
  const names = await readdir(dir).catch(() => []);
  const folders = names
    .filter((name) => name === CURRENT || name.startsWith(RETIRED))
    .toSorted();
  const found: OwnCertificate[] = [];
  for (const folder of folders) {
    const certFile = join(dir, folder, CERT_FILE);
    try {
      const certificate = new X509Certificate(await readFile(certFile));
      found.push({
        name: commonNameOf(certificate.subject),
        certFile,
        fingerprint256: certificate.fingerprint256,
        fingerprint1: certificate.fingerprint,
        notAfter: new Date(certificate.validTo),
        state: folder === CURRENT ? "current" : "retired",
      });
    } catch {
      // A pair that was set aside because it was corrupt.
    }
  }
  return found;
}

/** Reads again when the folder was exchanged meanwhile: half of the old pair and half of the new one are no error. */
async function readSettled(dir: string): Promise<Authority | undefined> {
  for (let attempt = 1; ; attempt++) {
    const before = await folderIdentity(dir);
    try {
      return await readPair(dir);
    } catch (error) {
      const settled = before === (await folderIdentity(dir));
      if (settled || attempt === TRIES) throw error;
    }
  }
}

/** Inode numbers are used again at once: the change time tells the new folder from the old. */
async function folderIdentity(dir: string): Promise<string | undefined> {
  const found = stat(join(dir, CURRENT), { bigint: true });
  return found.then(
    ({ ino, ctimeNs }) => `${ino} ${ctimeNs}`,
    () => undefined,
  );
}

function refuseOutOfDate(authority: Authority, now: Date): void {
  const day = (date: Date) => date.toISOString().slice(0, 10);
  if (now > authority.notAfter)
    throw new GotapError(
      "CA_EXPIRED",
      `the certificate authority ${authority.certFile} ended on ${day(authority.notAfter)}`,
      "make a new one: gotap ca rotate",
    );
  if (now < authority.notBefore)
    throw new GotapError(
      "CA_NOT_YET_VALID",
      `the certificate authority ${authority.certFile} begins on ${day(authority.notBefore)}, and this machine's clock says ${day(now)}`,
      "set the clock, or make a new one: gotap ca rotate",
    );
}
