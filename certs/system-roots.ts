import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** certFiles of root_linux.go (crypto/x509): the first that can be read counts. */
export const GO_CERT_FILES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/pki/tls/cacert.pem",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** certDirectories of root_linux.go (crypto/x509): all are read. */
export const GO_CERT_DIRECTORIES: readonly string[] = [
  "/etc/ssl/certs",
  "/etc/pki/tls/certs",
];

/** The text of one file that may hold certificates. */
export interface RootFile {
  path: string;
  text: string;
}

/**
 * The files that go reads for its roots on Linux, in its order (loadSystemRoots of root_unix.go, crypto/x509): the first readable
 * one of `files`, then every entry of `directories` but symbolic links within the folder. What cannot be read is skipped.
 */
export function readRootFiles(
  files: readonly string[],
  directories: readonly string[],
): RootFile[] {
  const found: RootFile[] = [];
  for (const path of files) {
    const text = readText(path);
    if (text === undefined) continue;
    found.push({ path, text });
    break;
  }
  for (const directory of directories)
    for (const path of entriesOf(directory)) {
      const text = readText(path);
      if (text !== undefined) found.push({ path, text });
    }
  return found;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory)
      .toSorted()
      .map((name) => join(directory, name))
      .filter((path) => !isLinkWithinItsFolder(path));
  } catch {
    return [];
  }
}

function isLinkWithinItsFolder(path: string): boolean {
  try {
    return (
      lstatSync(path).isSymbolicLink() && !readlinkSync(path).includes("/")
    );
  } catch {
    return false;
  }
}
