import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";

import { GotapError } from "../src/model/failure.js";
import { commonNameOf, NAME_PREFIX } from "./authority-pair.js";
import {
  hexOf,
  type PemCertificate,
  pemCertificates,
  sha256Of,
} from "./pem.js";
import {
  GO_CERT_DIRECTORIES,
  GO_CERT_FILES,
  readRootFiles,
  type RootFile,
} from "./system-roots.js";

export interface UpstreamRootsRequest {
  /** SSL_CERT_FILE and SSL_CERT_DIR count as for go. */
  env: Readonly<Record<string, string | undefined>>;
  /** `[tls] ca`, absolute. */
  extraFiles: readonly string[];
  /** Of all our own CAs, `ownCertificates`: `AA:BB:…`. */
  ownFingerprints: Iterable<string>;
  /** Default: this machine's. */
  platform?: NodeJS.Platform;
}

export interface UpstreamRoots {
  /** Each distinct root once, as PEM; never a CA of gotap's. May be empty. */
  pems: string[];
  /** Files that gave at least one root, and `Node.js's own roots`. */
  sources: string[];
}

/**
 * The roots to verify upstream with, as go would have them: on Linux the files and folders of Go's root_unix.go (crypto/x509) with
 * SSL_CERT_FILE and SSL_CERT_DIR in their place; elsewhere Node's own roots and what the two variables name. Plus
 * `extraFiles`. A CA of gotap's is left out wherever it stands, by fingerprint and by name: upstream it would make any local
 * holder of the key a man in the middle of the man in the middle.
 * Reads files synchronously: call it at start.
 * @throws GotapError TLS_CA_UNREADABLE for one of `extraFiles`; anything else that cannot be read or parsed is skipped, as go does
 */
export function loadUpstreamRoots(
  request: UpstreamRootsRequest,
): UpstreamRoots {
  const roots = new RootSet(new Set(request.ownFingerprints));
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: directories } = request.env;
  const platform = request.platform ?? process.platform;
  const isLinux = platform === "linux";
  if (!isLinux) roots.add("Node.js's own roots", rootCertificates.join("\n"));
  const separator = platform === "win32" ? ";" : ":";
  const found = readRootFiles(
    file ? [file] : isLinux ? GO_CERT_FILES : [],
    directories
      ? directories.split(separator).filter(Boolean)
      : isLinux
        ? GO_CERT_DIRECTORIES
        : [],
  );
  for (const { path, text } of found) roots.add(path, text);
  for (const extra of request.extraFiles.map(readExtra))
    roots.add(extra.path, extra.text);
  return { pems: roots.pems(), sources: roots.sources };
}

/**
 * The certificates of a PEM text that would be roots upstream, each once, without those of `known` and never a CA of gotap's.
 * @param known as `UpstreamRoots.pems`
 */
export function furtherRoots(
  text: string,
  known: ReadonlySet<string>,
  ownFingerprints: Iterable<string>,
): string[] {
  const roots = new RootSet(new Set(ownFingerprints));
  roots.add("", text);
  return roots.pems().filter((pem) => !known.has(pem));
}

class RootSet {
  readonly sources: string[] = [];
  readonly #own: ReadonlySet<string>;
  /** By fingerprint. */
  readonly #roots = new Map<string, string>();

  constructor(own: ReadonlySet<string>) {
    this.#own = new Set([...own].map(hexOf));
  }

  add(source: string, text: string): void {
    const usable = pemCertificates(text).filter((block) => this.#take(block));
    if (usable.length > 0) this.sources.push(source);
  }

  pems(): string[] {
    return [...this.#roots.values()];
  }

  /** @returns whether it is a root that counts, new or known */
  #take({ label, pem, der }: PemCertificate): boolean {
    // Go reads CERTIFICATE blocks alone (CertPool.AppendCertsFromPEM).
    if (label !== "CERTIFICATE") return false;
    const fingerprint = sha256Of(der);
    if (this.#roots.has(fingerprint)) return true;
    if (this.#own.has(fingerprint) || !isWhole(der)) return false;
    // To parse every root would be a fifth of the start-up time; OpenSSL does it at the first TLS connection.
    if (der.includes(NAME_PREFIX) && isGotapAuthority(parsed(der)))
      return false;
    this.#roots.set(fingerprint, pem);
    return true;
  }
}

/** Whether these bytes are one DER SEQUENCE, as a certificate is, with a length of two or three bytes (X.690 §8.1.3). */
function isWhole(der: Buffer): boolean {
  if (der.length < 4 || der[0] !== 0x30) return false;
  if (der[1] === 0x81) return der.length === 3 + der.readUInt8(2);
  return der[1] === 0x82 && der.length === 4 + der.readUInt16BE(2);
}

/** Whether it calls itself a CA of gotap's, of this machine or another. */
function isGotapAuthority(certificate: X509Certificate | undefined): boolean {
  return (
    certificate !== undefined &&
    certificate.subject === certificate.issuer &&
    commonNameOf(certificate.subject).startsWith(NAME_PREFIX)
  );
}

function readExtra(path: string): RootFile {
  try {
    const text = readFileSync(path, "utf8");
    const blocks = pemCertificates(text);
    if (blocks.length === 0) throw new Error("it holds no PEM certificate");
    const bad = blocks.findIndex(({ der }) => parsed(der) === undefined);
    if (bad !== -1)
      throw new Error(`certificate ${bad + 1} in it cannot be parsed`);
    return { path, text };
  } catch (error) {
    throw new GotapError(
      "TLS_CA_UNREADABLE",
      `[tls] ca: cannot use ${path}: ${(error as Error).message}`,
      "name a readable file of PEM certificates (-----BEGIN CERTIFICATE-----)",
      1,
      { cause: error },
    );
  }
}

function parsed(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
