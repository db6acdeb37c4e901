import { createHash } from "node:crypto";

const BLOCK =
  /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----\r?\n[\s\S]*?-----END \1-----/g;

/** One block as it stands in a file, without the text around it. */
export interface PemCertificate {
  label: string;
  /** The block, from its BEGIN to its END line, without a line end after it. */
  pem: string;
  /** What the base64 says; nothing has checked that it is a certificate. */
  der: Buffer;
}

/** Every certificate block of a text, in order. Keys and other blocks are left out, so a bundle never copies one. */
export function pemCertificates(text: string): PemCertificate[] {
  return [...text.matchAll(BLOCK)].map(([pem, label = ""]) => ({
    label,
    pem,
    der: Buffer.from(base64Of(pem), "base64"),
  }));
}

/** Lines between the dashes; RFC 1421 headers are no base64. Buffer.from passes over line ends: a system has hundreds of these. */
function base64Of(pem: string): string {
  const body = pem.slice(pem.indexOf("\n") + 1, pem.lastIndexOf("\n"));
  return body.includes(":") ? body.replaceAll(/^.*:.*$/gm, "") : body;
}

export function toPem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** SHA-256 in small hex digits: where hundreds of roots are compared, colons cost more than hashes. */
export function sha256Of(der: Buffer): string {
  return createHash("sha256").update(der).digest("hex");
}

/** A fingerprint `AA:BB:…` as `sha256Of` writes it. */
export function hexOf(fingerprint256: string): string {
  return fingerprint256.replaceAll(":", "").toLowerCase();
}

/**
 * Whether a text of PEM certificates holds this one.
 * @param fingerprint256 `AA:BB:…`
 */
export function holds(text: string, fingerprint256: string): boolean {
  const wanted = hexOf(fingerprint256);
  return pemCertificates(text).some(({ der }) => sha256Of(der) === wanted);
}
