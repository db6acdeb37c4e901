import { execFile } from "node:child_process";

import { holds } from "./pem.js";
import {
  GO_CERT_DIRECTORIES,
  GO_CERT_FILES,
  readRootFiles,
} from "./system-roots.js";

const TIMEOUT_MS = 5000;

/** What names a certificate in each system's store. */
export interface StoredCertificate {
  certFile: string;
  fingerprint256: string;
  fingerprint1: string;
}

/**
 * Whether a program that uses the system's certificates, and no SSL_CERT_FILE, trusts this CA. On Linux: whether it stands in
 * the files that go reads. On macOS and Windows the system's own tool is asked, for 5 s at most; what cannot be found out
 * counts as no. On Linux this reads files synchronously (some 10 ms): ask at start and keep the answer.
 * @param options `platform` and Go's lists of files and folders, for another machine's view of things
 */
export async function isInSystemStore(
  certificate: StoredCertificate,
  options: {
    platform?: NodeJS.Platform;
    files?: readonly string[];
    directories?: readonly string[];
  } = {},
): Promise<boolean> {
  switch (options.platform ?? process.platform) {
    case "darwin":
      // Succeeds for a root only where the trust settings say so; -L: no network.
      return succeeds("security", [
        "verify-cert",
        "-L",
        "-l",
        "-p",
        "basic",
        "-c",
        certificate.certFile,
      ]);
    case "win32":
      return succeeds("certutil", [
        "-user",
        "-store",
        "Root",
        certificate.fingerprint1.replaceAll(":", ""),
      ]);
    default:
      return readRootFiles(
        options.files ?? GO_CERT_FILES,
        options.directories ?? GO_CERT_DIRECTORIES,
      ).some(({ text }) => holds(text, certificate.fingerprint256));
  }
}

async function succeeds(file: string, args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout: TIMEOUT_MS, maxBuffer: 2 ** 20 }, (error) =>
      resolve(error === null),
    );
  });
}
