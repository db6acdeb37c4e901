import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { GotapError } from "../src/model/failure.js";

/** A certificate authority made on this machine, with the key to sign for it. */
export interface Authority {
  /** The common name: `gotap CA <hostname> 2026-11-23`. */
  name: string;
  /** The folder given to `loadAuthority`; the pair lies in a folder below it. */
  dir: string;
  certFile: string;
  certPem: string;
  certDer: Buffer;
  /** The private key, P-256. */
  keyObject: KeyObject;
  publicKey: KeyObject;
  /** SHA-256 as `AA:BB:…`. */
  fingerprint256: string;
  /** SHA-1 as `AA:BB:…`: macOS and Windows name a certificate in their stores by it. */
  fingerprint1: string;
  notBefore: Date;
  notAfter: Date;
}

export const CURRENT = "current";
export const CERT_FILE = "ca.pem";
export const KEY_FILE = "ca-key.pem";
/** Every CA of gotap, on whatever machine it was made, has a common name that begins so. */
export const NAME_PREFIX = "gotap CA ";

const ROTATE = "make a new one: gotap ca rotate (the old pair is kept aside)";

/**
 * The pair below `dir`, checked: readable, not open to others, certificate and key belong together, an authority.
 * Dates are not checked.
 * @returns undefined where there is none yet
 * @throws GotapError CA_UNREADABLE, CA_INCOMPLETE, CA_TOO_OPEN, CA_CORRUPT, CA_MISMATCH
 */
export async function readPair(dir: string): Promise<Authority | undefined> {
  const folder = join(dir, CURRENT);
  const certFile = join(folder, CERT_FILE);
  const keyFile = join(folder, KEY_FILE);
  for (const path of [dir, folder]) {
    const mode = await modeOf(path);
    if (mode === undefined) return undefined;
    refuseOpen(path, mode, 0o022, "700");
  }
  const certPem = await readWhole(certFile);
  const keyPem = await readWhole(keyFile);
  refuseOpen(keyFile, (await modeOf(keyFile)) ?? 0, 0o077, "600");

  const certificate = parse(certFile, "certificate", () => {
    const parsed = new X509Certificate(certPem);
    if (!parsed.ca || !parsed.verify(parsed.publicKey))
      throw new Error("it is not a certificate authority signed by itself");
    return parsed;
  });
  const keyObject = parse(keyFile, "private key", () =>
    createPrivateKey(keyPem),
  );
  if (!certificate.checkPrivateKey(keyObject))
    throw new GotapError(
      "CA_MISMATCH",
      `${certFile} and ${keyFile} do not belong together`,
      ROTATE,
    );
  return {
    name: commonNameOf(certificate.subject),
    dir,
    certFile,
    certPem,
    certDer: certificate.raw,
    keyObject,
    publicKey: createPublicKey(keyObject),
    fingerprint256: certificate.fingerprint256,
    fingerprint1: certificate.fingerprint,
    notBefore: new Date(certificate.validFrom),
    notAfter: new Date(certificate.validTo),
  };
}

/** @param subject as X509Certificate gives it: one attribute a line */
export function commonNameOf(subject: string): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? subject;
}

/** Permission bits; 0 on Windows, where they mean nothing; undefined for a path that is not there. */
async function modeOf(path: string): Promise<number | undefined> {
  try {
    const { mode } = await stat(path);
    return process.platform === "win32" ? 0 : mode & 0o777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unreadable(path, error);
  }
}

function refuseOpen(
  path: string,
  mode: number,
  forbidden: number,
  wanted: string,
): void {
  if ((mode & forbidden) === 0) return;
  throw new GotapError(
    "CA_TOO_OPEN",
    `${path} has mode ${mode.toString(8)}: other users can ${mode & forbidden & 0o044 ? "read" : "change"} it`,
    `chmod ${wanted} '${path}', or, where others may have read the key, ${ROTATE}`,
  );
}

async function readWhole(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      throw unreadable(path, error);
    throw new GotapError(
      "CA_INCOMPLETE",
      `the certificate authority is incomplete: ${path} is missing`,
      ROTATE,
      1,
      { cause: error },
    );
  }
}

function unreadable(path: string, error: unknown): GotapError {
  return new GotapError(
    "CA_UNREADABLE",
    `cannot read ${path}: ${(error as Error).message}`,
    "make it readable for this user, or set GOTAP_HOME to a folder of your own",
    1,
    { cause: error },
  );
}

function parse<T>(path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new GotapError(
      "CA_CORRUPT",
      `${path} holds no usable ${what}: ${(error as Error).message}`,
      ROTATE,
      1,
      { cause: error },
    );
  }
}
