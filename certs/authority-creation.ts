import { generateKeyPairSync } from "node:crypto";
import { mkdir, mkdtemp, open, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { GotapError } from "../src/model/failure.js";
import { CERT_FILE, CURRENT, KEY_FILE, NAME_PREFIX } from "./authority-pair.js";
import {
  authorityKeyIdentifier,
  basicConstraintsAuthority,
  distinguishedName,
  keyIdentifier,
  keyUsage,
  signCertificate,
  subjectKeyIdentifier,
} from "./certificate.js";
import { toPem } from "./pem.js";

const DAY_MS = 86_400_000;
const LIFETIME_MS = 5 * 365 * DAY_MS;
/** For clients whose clock lags. */
const BACKDATED_MS = DAY_MS;
/** RFC 5280 ub-common-name. */
const MAX_COMMON_NAME = 64;

/**
 * Makes a pair in a folder of its own (0700, the key 0600 from the creating call on) and moves that folder into place in one
 * step: nobody ever sees half a pair, and of two processes that start at once one wins and both then use its pair.
 * @returns false when somebody else's pair was there first; it is left as it is
 * @throws GotapError CA_NOT_WRITABLE
 */
export async function createPair(dir: string, now: Date): Promise<boolean> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(dir, ".new-"));
    try {
      const pair = newPair(now);
      await writeNew(join(folder, KEY_FILE), pair.keyPem, 0o600);
      await writeNew(join(folder, CERT_FILE), pair.certPem, 0o644);
      return await renameUnlessTaken(folder, join(dir, CURRENT));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    throw new GotapError(
      "CA_NOT_WRITABLE",
      `cannot make the certificate authority in ${dir}: ${(error as Error).message}`,
      "make the folder writable, or set GOTAP_HOME to a folder of your own",
      1,
      { cause: error },
    );
  }
}

/** `gotap CA <hostname> <date>`: says in any trust store which machine made it, and when. */
export function authorityName(machine: string, now: Date): string {
  const date = now.toISOString().slice(0, 10);
  const room = MAX_COMMON_NAME - NAME_PREFIX.length - date.length - 1;
  const plain = machine.replaceAll(/[^A-Za-z0-9._-]/g, "-").slice(0, room);
  return `${NAME_PREFIX}${plain || "localhost"} ${date}`;
}

function newPair(now: Date): { certPem: string; keyPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
  });
  const name = distinguishedName("gotap", authorityName(hostname(), now));
  const notBefore = new Date(now.getTime() - BACKDATED_MS);
  const keyId = keyIdentifier(publicKey);
  const der = signCertificate({
    issuer: name,
    subject: name,
    notBefore,
    notAfter: new Date(notBefore.getTime() + LIFETIME_MS),
    publicKey,
    signWith: privateKey,
    extensions: [
      basicConstraintsAuthority(),
      keyUsage("authority"),
      subjectKeyIdentifier(keyId),
      authorityKeyIdentifier(keyId),
    ],
  });
  return {
    certPem: toPem("CERTIFICATE", der),
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

async function writeNew(path: string, text: string, mode: number) {
  const file = await open(path, "wx", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** rename(2) replaces no folder that has something in it; Windows replaces none at all. */
async function renameUnlessTaken(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const taken =
      code === "ENOTEMPTY" ||
      code === "EEXIST" ||
      (process.platform === "win32" && code === "EPERM");
    if (taken) return false;
    throw error;
  }
}
